// Generated from conventions/prices/ by tests/it/price_codegen.rs: do not edit, run `cargo test price_codegen`.

//! What the price list lacks.

use crate::price::overlay::{Bound, Derived, Peak, RegionFactor, TierFactor};

/// The version of the price list and of this overlay.
#[rustfmt::skip]
pub(in crate::price) const VERSION: &str = "genai-prices-0.2.3+572530ce";

/// Names of providers, under the provider of the price list.
#[rustfmt::skip]
pub(in crate::price) const PROVIDERS: &[(&str, &[&str])] = &[
    ("anthropic", &["anthropic"]),
    ("aws", &["aws.bedrock"]),
    ("azure", &["azure.ai.openai", "azure.ai.inference", "microsoft.foundry", "azure_foundry"]),
    ("baseten", &["baseten"]),
    ("cerebras", &["cerebras"]),
    ("cloudflare", &["cloudflare", "workers_ai", "cloudflare_workers_ai"]),
    ("cohere", &["cohere"]),
    ("databricks", &["databricks"]),
    ("deepseek", &["deepseek"]),
    ("doubleword", &["doubleword"]),
    ("elevenlabs", &["elevenlabs", "eleven_labs"]),
    ("fireworks", &["fireworks", "fireworks_ai", "fireworksai"]),
    ("github-copilot", &["github_copilot", "copilot", "githubcopilot"]),
    ("google", &["gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai"]),
    ("groq", &["groq"]),
    ("meta", &["meta", "meta_llama"]),
    ("minimax", &["minimax"]),
    ("mistral", &["mistral_ai"]),
    ("modal", &["modal"]),
    ("moonshotai", &["moonshot_ai"]),
    ("novita", &["novita", "novita_ai"]),
    ("openai", &["openai"]),
    ("openrouter", &["openrouter", "open_router"]),
    ("ovhcloud", &["ovhcloud", "ovh"]),
    ("perplexity", &["perplexity"]),
    ("together", &["together", "together_ai", "togetherai"]),
    ("voyageai", &["voyage", "voyage_ai", "voyageai"]),
    ("x-ai", &["x_ai"]),
    ("zai", &["zai", "z.ai", "z_ai"]),
    ("zhipuai", &["zhipu", "zhipuai", "zhipu_ai", "bigmodel"]),
];

/// Hosts of base URLs, under the provider of the price list.
#[rustfmt::skip]
pub(in crate::price) const HOSTS: &[(&str, &[&str])] = &[
    ("anthropic", &["api.anthropic.com"]),
    ("arcee", &["api.arcee.ai"]),
    ("avian", &["api.avian.io"]),
    ("aws", &["bedrock-runtime.*.amazonaws.com", "bedrock-runtime-fips.*.amazonaws.com", "*.bedrock-runtime.*.vpce.amazonaws.com", "bedrock-mantle.*.api.aws"]),
    ("azure", &["*.openai.azure.com", "*.azure-api.net", "*.cognitiveservices.azure.com", "*.services.ai.azure.com", "*.models.ai.azure.com"]),
    ("baseten", &["inference.baseten.co"]),
    ("cerebras", &["api.cerebras.ai"]),
    ("cloudflare", &["api.cloudflare.com"]),
    ("cohere", &["api.cohere.ai", "api.cohere.com"]),
    ("databricks", &["*.cloud.databricks.com", "*.azuredatabricks.net", "*.gcp.databricks.com"]),
    ("deepseek", &["api.deepseek.com"]),
    ("doubleword", &["api.doubleword.ai"]),
    ("elevenlabs", &["api.elevenlabs.io", "api.*.elevenlabs.io"]),
    ("fireworks", &["api.fireworks.ai"]),
    ("github-copilot", &["api.githubcopilot.com"]),
    ("google", &["*googleapis.com"]),
    ("groq", &["api.groq.com"]),
    ("meta", &["api.meta.ai"]),
    ("minimax", &["api.minimax.io", "api.minimax.com", "api.minimaxi.com"]),
    ("mistral", &["api.mistral.ai"]),
    ("moonshotai", &["api.moonshot.ai", "api.moonshot.cn"]),
    ("novita", &["api.novita.ai"]),
    ("openai", &["api.openai.com", "*.api.openai.com"]),
    ("openrouter", &["openrouter.ai", "*.openrouter.ai"]),
    ("ovhcloud", &["oai.endpoints.kepler.ai.cloud.ovh.net"]),
    ("perplexity", &["api.perplexity.ai"]),
    ("together", &["api.together.xyz", "api.together.ai"]),
    ("voyageai", &["api.voyageai.com"]),
    ("x-ai", &["api.x.ai", "*.api.x.ai"]),
    ("zai", &["api.z.ai"]),
    ("zhipuai", &["open.bigmodel.cn"]),
];

/// Names of models that mean a provider, under it.
#[rustfmt::skip]
pub(in crate::price) const MODELS: &[(&str, &[&str])] = &[
    ("anthropic", &["claude-*"]),
    ("aws", &["anthropic.claude-*", "*.anthropic.claude-*", "amazon.*", "*.amazon.nova-*", "arn:*:bedrock:*"]),
    ("google", &["gemini-*", "models/gemini-*", "publishers/google/models/*", "projects/*/publishers/*/models/*"]),
    ("openai", &["gpt-*", "chatgpt-*", "o1", "o1-*", "o3", "o3-*", "o4-mini", "o4-mini-*", "text-embedding-*", "ft:*"]),
    ("mistral", &["mistral-*", "codestral-*", "magistral-*", "ministral-*", "pixtral-*", "devstral-*"]),
    ("cohere", &["command-*", "rerank-v*", "rerank-english-v*", "rerank-multilingual-v*"]),
    ("deepseek", &["deepseek-*"]),
    ("x-ai", &["grok-*"]),
    ("perplexity", &["sonar", "sonar-*"]),
    ("moonshotai", &["kimi-*", "moonshot-*"]),
    ("voyageai", &["voyage-*"]),
];

/// Words before a model's name that say no more than its provider, under it.
#[rustfmt::skip]
pub(in crate::price) const PREFIXES: &[(&str, &[&str])] = &[
    ("anthropic", &["anthropic"]),
    ("aws", &["bedrock", "amazon", "converse", "invoke"]),
    ("azure", &["azure", "azure_ai", "openai"]),
    ("cohere", &["cohere", "cohere_chat"]),
    ("deepseek", &["deepseek"]),
    ("fireworks", &["fireworks_ai"]),
    ("google", &["google", "gemini", "vertex_ai", "vertex", "anthropic", "google-vertex"]),
    ("groq", &["groq"]),
    ("mistral", &["mistral", "mistralai"]),
    ("moonshotai", &["moonshot", "moonshotai"]),
    ("openai", &["openai"]),
    ("openrouter", &["openrouter"]),
    ("perplexity", &["perplexity"]),
    ("together", &["together_ai", "together"]),
    ("voyageai", &["voyage", "voyageai"]),
    ("x-ai", &["xai", "x-ai"]),
];

/// Hosts that name a region, under the provider.
#[rustfmt::skip]
pub(in crate::price) const REGION_HOSTS: &[(&str, &[&str])] = &[
    ("openai", &["{}.api.openai.com"]),
    ("google", &["{}-aiplatform.googleapis.com", "aiplatform.{}.rep.googleapis.com"]),
];

/// What providers call a tier, under its name here.
#[rustfmt::skip]
pub(in crate::price) const TIER_WORDS: &[(&str, &[&str])] = &[
    ("standard", &["auto", "default", "standard", "standard_only", "on_demand", "on-demand", "unspecified", "traffic_type_unspecified", "service_tier_unspecified"]),
    ("batch", &["batch"]),
    ("flex", &["flex", "on_demand_flex"]),
    ("priority", &["priority", "fast", "on_demand_priority"]),
    ("ultrafast", &["ultrafast"]),
    ("prepaid", &["provisioned_throughput", "provisioned", "scale", "reserved"]),
];

/// Names of those who run models at home.
#[rustfmt::skip]
pub(in crate::price) const LOCAL_PROVIDERS: &[&str] = &["ollama", "vllm", "hosted_vllm", "llama.cpp", "llama_cpp", "llamacpp", "llama_server", "llamafile", "lm_studio", "lmstudio", "localai", "local_ai", "sglang", "tgi", "mlx", "mlx_lm", "mistralrs", "mistral.rs", "candle", "koboldcpp", "gpt4all", "jan", "local", "xinference"];

/// Hosts at home.
#[rustfmt::skip]
pub(in crate::price) const LOCAL_HOSTS: &[&str] = &["localhost", "*.localhost", "127.*", "::1", "[::1]", "0.0.0.0", "host.docker.internal", "host.containers.internal"];

/// Rates that follow from another one.
#[rustfmt::skip]
pub(in crate::price) const DERIVED: &[Derived] = &[
    Derived { provider: "openai", models: &["gpt-5.6*", "gpt-6*"], rate: "cache_write_12h", of: "input", factor: 2_500_000 },
    Derived { provider: "azure", models: &["gpt-5.6*", "gpt-6*"], rate: "cache_write_12h", of: "input", factor: 2_500_000 },
    Derived { provider: "*", models: &["*claude*"], rate: "cache_write_1h", of: "input", factor: 2_000_000 },
    Derived { provider: "openai", models: &["ft:gpt-4o*"], rate: "cache_read", of: "input", factor: 500_000 },
];

/// Tiers as a factor.
#[rustfmt::skip]
pub(in crate::price) const TIERS: &[TierFactor] = &[
    TierFactor { provider: "openai", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "openai", models: &["o3*", "o4-mini*", "gpt-5*", "gpt-6*"], tier: "flex", factor: 500_000 },
    TierFactor { provider: "openai", models: &["gpt-6-astra*", "gpt-6.1-sol*"], tier: "ultrafast", factor: 6_000_000 },
    TierFactor { provider: "anthropic", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "anthropic", models: &["claude-opus-4-6*"], tier: "fast", factor: 6_000_000 },
    TierFactor { provider: "azure", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "google", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "google", models: &["gemini-*"], tier: "flex", factor: 500_000 },
    TierFactor { provider: "google", models: &["gemini-*"], tier: "priority", factor: 1_800_000 },
    TierFactor { provider: "aws", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "aws", models: &["*"], tier: "flex", factor: 500_000 },
    TierFactor { provider: "aws", models: &["*"], tier: "priority", factor: 1_750_000 },
    TierFactor { provider: "groq", models: &["*"], tier: "flex", factor: 1_000_000 },
    TierFactor { provider: "groq", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "mistral", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "fireworks", models: &["*"], tier: "batch", factor: 500_000 },
    TierFactor { provider: "together", models: &["*"], tier: "batch", factor: 500_000 },
];

/// Regions as a factor.
#[rustfmt::skip]
pub(in crate::price) const REGIONS: &[RegionFactor] = &[
    RegionFactor { provider: "openai", models: &["gpt-5.4*", "gpt-5.5*", "gpt-5.6*", "gpt-6*", "gpt-realtime-2*"], not: &[], regions: &[], except: &["global", "none"], from_day: 20_517, factor: 1_100_000 },
    RegionFactor { provider: "anthropic", models: &["claude-opus-4-6*", "claude-sonnet-4-6*", "claude-haiku-4-6*", "claude-*-4-7*", "claude-*-4-8*", "claude-*-5", "claude-*-5-*"], not: &["claude-*-4-5*", "claude-3-5*"], regions: &["us"], except: &[], from_day: i64::MIN, factor: 1_100_000 },
    RegionFactor { provider: "google", models: &["claude-haiku-4-5*", "claude-sonnet-4-5*", "claude-opus-4-5*", "claude-*-4-6*", "claude-*-4-7*", "claude-*-4-8*", "claude-*-5", "claude-*-5-*"], not: &["claude-3-5*"], regions: &[], except: &["global"], from_day: i64::MIN, factor: 1_100_000 },
    RegionFactor { provider: "google", models: &["gemini-3*", "gemini-4*"], not: &["*preview*"], regions: &[], except: &["global"], from_day: 20_635, factor: 1_100_000 },
    RegionFactor { provider: "azure", models: &["gpt-*", "o1*", "o3*", "o4*", "codex-*", "model-router*"], not: &[], regions: &["us", "eu", "*data*zone*"], except: &[], from_day: i64::MIN, factor: 1_100_000 },
    RegionFactor { provider: "azure", models: &["claude-*-4-6*", "claude-*-4-7*", "claude-*-4-8*", "claude-*-5", "claude-*-5-*"], not: &["claude-3-5*"], regions: &["us", "us*data*zone*", "*data*zone*us*"], except: &[], from_day: i64::MIN, factor: 1_100_000 },
];

/// Hours of a higher price.
#[rustfmt::skip]
pub(in crate::price) const PEAKS: &[Peak] = &[
    Peak { provider: "deepseek", models: &["deepseek-flash*", "deepseek-v4-flash*", "deepseek-v4-pro*"], minutes: &[(60, 240), (360, 600)], from_day: 20_682, days_off: CHINA, factor: 2_000_000 },
];

/// The least and the most that is billed.
#[rustfmt::skip]
pub(in crate::price) const BOUNDS: &[Bound] = &[
    Bound { provider: "groq", models: &["whisper-*", "distil-whisper-*"], unit: "audio_seconds", least: 10, most: u64::MAX },
    Bound { provider: "groq", models: &["whisper-*", "distil-whisper-*"], unit: "input_audio_seconds", least: 10, most: u64::MAX },
    Bound { provider: "google", models: &["gemini-1*", "gemini-2*"], unit: "web_searches", least: 0, most: 1 },
];

/// First and last days off, as days since 1970.
#[rustfmt::skip]
pub(in crate::price) const CHINA: &[(i64, i64)] = &[
    (20_721, 20_723),
    (20_727, 20_733),
    (20_819, 20_819),
    (20_854, 20_857),
    (20_913, 20_913),
    (20_939, 20_940),
    (20_978, 20_978),
    (21_076, 21_076),
    (21_092, 21_094),
];
