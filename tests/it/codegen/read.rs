//! Reads `conventions/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// Everything under `conventions/`, as it stands there.
pub(crate) struct Conventions {
    pub(crate) manifest: Value,
    pub(crate) attributes: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    pub(crate) spans: Vec<Value>,
    pub(crate) span_refinements: Vec<Value>,
    pub(crate) events: Vec<Value>,
    pub(crate) metrics: Vec<Value>,
    pub(crate) entities: Vec<Value>,
    pub(crate) releases: Value,
    pub(crate) span_types: Value,
    pub(crate) aliases: Value,
    pub(crate) emitters: Value,
    pub(crate) providers: Value,
    pub(crate) content: Value,
    /// One for each file of `dialects/` but the core keys.
    pub(crate) dialects: Vec<Value>,
    pub(crate) core: Value,
    pub(crate) destinations: Value,
}

impl Conventions {
    /// Read once for all tests.
    pub(crate) fn read() -> &'static Self {
        static READ: LazyLock<Conventions> = LazyLock::new(Conventions::from_disk);
        &READ
    }

    fn from_disk() -> Self {
        let folder = folder();
        let definitions: Vec<Value> = yaml_files(&folder.join("registry"))
            .iter()
            .filter(|path| path.file_name().is_some_and(|name| name != "manifest.yaml"))
            .map(|path| {
                let file = yaml(path);
                assert_eq!(file["file_format"], "definition/2", "{}", path.display());
                file
            })
            .collect();
        let section = |name: &str| -> Vec<Value> {
            definitions.iter().flat_map(|file| file[name].as_array().cloned().unwrap_or_default()).collect()
        };
        let mut attributes = section("attributes");
        attributes.sort_by(|a, b| text(a, "key").cmp(text(b, "key")));
        Self {
            manifest: yaml(&folder.join("registry/manifest.yaml")),
            attributes,
            groups: section("attribute_groups"),
            spans: section("spans"),
            span_refinements: section("span_refinements"),
            events: section("events"),
            metrics: section("metrics"),
            entities: section("entities"),
            releases: yaml(&folder.join("releases.yaml")),
            span_types: yaml(&folder.join("span_types.yaml")),
            aliases: yaml(&folder.join("aliases.yaml")),
            emitters: yaml(&folder.join("emitters.yaml")),
            providers: yaml(&folder.join("providers.yaml")),
            content: yaml(&folder.join("content.yaml")),
            dialects: yaml_files(&folder.join("dialects"))
                .iter()
                .filter(|path| path.file_name().is_some_and(|name| name != "core.yaml"))
                .map(|path| yaml(path))
                .collect(),
            core: yaml(&folder.join("dialects/core.yaml")),
            destinations: yaml(&folder.join("destinations.yaml"))["destinations"].clone(),
        }
    }

    /// The attribute that is registered under `key`.
    pub(crate) fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| text(attribute, "key") == key)
    }

    /// Whether `key` is a spelling that leaves by default: registered, wanted, and not the newer spelling of another.
    pub(crate) fn is_canonical(&self, key: &str) -> bool {
        self.attribute(key).is_some_and(|attribute| {
            attribute["deprecated"].is_null() && attribute["annotations"]["newer_spelling_of"].is_null()
        })
    }
}

/// The folder of the data.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conventions")
}

/// The text under `field`, which must be there.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("`{field}` is missing or not text in {value}"))
}

/// The list of texts under `field`; empty where there is none.
pub(crate) fn texts<'a>(value: &'a Value, field: &str) -> Vec<&'a str> {
    let items = value[field].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap_or_else(|| panic!("{item} in `{field}` is not text"))).collect()
}

/// One YAML file as JSON, which keeps its order.
pub(crate) fn yaml(path: &Path) -> Value {
    let source = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let documents = Yaml::load_from_str(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(documents.len(), 1, "{} holds one document", path.display());
    json(&documents[0])
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn json(node: &Yaml) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => Value::from(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::from(value.as_ref()),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key.as_str().unwrap_or_else(|| panic!("the key {key:?} is not text")).to_owned();
                assert!(map.insert(key.clone(), json(value)).is_none(), "`{key}` stands twice");
            }
            Value::Object(map)
        }
        other => panic!("tags, aliases and bad values have no place in the conventions: {other:?}"),
    }
}
