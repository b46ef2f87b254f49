//! A source file as the rules read it: the names in its code and its texts, without comments and tests.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// A file of the repository.
pub(super) struct File {
    /// From the repository's root.
    pub(super) path: String,
    pub(super) text: String,
}

/// A file of the library, read.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) names: Vec<Name>,
    pub(super) texts: Vec<Text>,
    /// Files beside this one that are for tests alone.
    test_modules: Vec<String>,
}

/// A path in the code, as far as `use` tells where it leads: `std::fs::read`, `crate::layer::Open`.
pub(super) struct Name {
    pub(super) path: String,
    pub(super) line: usize,
    /// Stands in a public signature.
    pub(super) public: bool,
}

/// What stands between quotes.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Name {
    /// Whether it is `place` or leads to something inside it.
    pub(super) fn is_in(&self, place: &str) -> bool {
        self.path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

impl Source {
    /// The folder or file below `src` that it belongs to.
    pub(super) fn room(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    pub(super) fn is_generated(&self) -> bool {
        is_generated(&self.path)
    }
}

pub(super) fn is_generated(path: &str) -> bool {
    path.contains("/generated/")
}

/// The library's files, without those that are for tests alone.
pub(super) fn library() -> Vec<Source> {
    let sources: Vec<Source> = files("src").iter().map(read).collect();
    let test_only: Vec<String> = sources
        .iter()
        .flat_map(|source| source.test_modules.iter().map(|module| folder_of_children(&source.path) + module))
        .collect();
    let is_test_only = |path: &str| {
        test_only
            .iter()
            .any(|module| path.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    sources.into_iter().filter(|source| !is_test_only(&source.path)).collect()
}

/// All `.rs` files below `folder`, in order.
pub(super) fn files(folder: &str) -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| File {
            text: fs::read_to_string(&path).expect("a source file is text"),
            path: path
                .strip_prefix(&root)
                .expect("it is inside")
                .to_str()
                .expect("its name is text")
                .replace('\\', "/"),
        })
        .collect()
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn folder_of_children(path: &str) -> String {
    match path.strip_suffix("mod.rs").or_else(|| path.strip_suffix("lib.rs")) {
        Some(folder) => folder.to_owned(),
        None => path.trim_end_matches(".rs").to_owned() + "/",
    }
}

fn read(file: &File) -> Source {
    parse(&file.path, &file.text)
}

/// Reads the text of the file at `path`.
pub(super) fn parse(path: &str, text: &str) -> Source {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path} is no Rust: {error}"));
    let mut reader = Reader::default();
    reader.tokens(tokens, &module_of(path));
    let resolved = reader.names.iter().map(|name| Name {
        path: reader.resolve(&name.segments, &name.module).join("::"),
        line: name.line,
        public: name.public,
    });
    Source {
        path: path.to_owned(),
        names: resolved.collect(),
        texts: std::mem::take(&mut reader.texts),
        test_modules: std::mem::take(&mut reader.test_modules),
    }
}

/// `src/layer/scope.rs` is `layer::scope`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    inside.split('/').filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned).collect()
}

/// A path as it stands in the code.
struct Found {
    segments: Vec<String>,
    module: Vec<String>,
    line: usize,
    public: bool,
}

#[derive(Default)]
struct Reader {
    names: Vec<Found>,
    texts: Vec<Text>,
    test_modules: Vec<String>,
    /// What `use` calls by a shorter name.
    shorter: HashMap<String, (Vec<String>, Vec<String>)>,
    public: bool,
}

impl Reader {
    fn tokens(&mut self, tokens: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        self.slice(&tokens, module);
    }

    fn slice(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            at = self.step(tokens, at, module);
        }
    }

    /// Reads what begins at `at` and says where the next thing begins.
    fn step(&mut self, tokens: &[TokenTree], at: usize, module: &[String]) -> usize {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(tokens, at, module),
            TokenTree::Punct(_) => at + 1,
            TokenTree::Literal(literal) => {
                let (text, line) = (literal.to_string(), literal.span().start().line);
                if let (Some(from), Some(to)) =
                    (text.find('"'), text.rfind('"').filter(|to| text.find('"') < Some(*to)))
                {
                    self.texts.push(Text { text: text[from + 1..to].to_owned(), line });
                }
                at + 1
            }
            TokenTree::Group(group) => {
                self.tokens(group.stream(), module);
                at + 1
            }
            TokenTree::Ident(word) if word == "use" => {
                let end = position(tokens, at, |token| is_punct(token, ';'));
                self.use_tree(&tokens[at + 1..end], &[], module);
                end
            }
            TokenTree::Ident(word) if word == "mod" => match (tokens.get(at + 1), tokens.get(at + 2)) {
                (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                    let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    self.tokens(body.stream(), &inner);
                    at + 3
                }
                _ => at + 1,
            },
            TokenTree::Ident(word) if word == "pub" && !self.public => self.public_item(tokens, at + 1, module),
            TokenTree::Ident(word) => self.path(tokens, at, word, module),
        }
    }

    /// Documentation is skipped, and so is what is compiled for tests alone.
    fn attribute(&mut self, tokens: &[TokenTree], at: usize, module: &[String]) -> usize {
        let inner = usize::from(tokens.get(at + 1).is_some_and(|token| is_punct(token, '!')));
        let Some(TokenTree::Group(group)) = tokens.get(at + 1 + inner) else { return at + 1 };
        let after = at + 2 + inner;
        if first_word(group).is_some_and(|word| word == "doc") {
            return after;
        }
        if !is_for_tests(group) {
            self.tokens(group.stream(), module);
            return after;
        }
        let mut end = after;
        while tokens.get(end).is_some_and(|token| is_punct(token, '#')) {
            end += 2;
        }
        let begin = end;
        end = position(tokens, end, |token| is_punct(token, ';') || is_braces(token));
        let words = tokens[begin..end].windows(2);
        if tokens.get(end).is_some_and(|token| is_punct(token, ';')) {
            self.test_modules.extend(words.filter_map(|pair| match pair {
                [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "mod" => Some(name.to_string()),
                _ => None,
            }));
        }
        end + 1
    }

    /// What follows `pub`: its signature is read as public, its body is not.
    fn public_item(&mut self, tokens: &[TokenTree], at: usize, module: &[String]) -> usize {
        if matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis) {
            // `pub(crate)`
            return at + 1;
        }
        let word = |word: &str| position(tokens, at, |token| matches!(token, TokenTree::Ident(ident) if ident == word));
        let end_of_signature = position(tokens, at, |token| is_punct(token, ';') || is_braces(token));
        let end = if word("trait").min(word("enum")) < end_of_signature {
            (end_of_signature + 1).min(tokens.len())
        } else if word("fn").min(word("type")).min(word("struct")).min(word("use")) < end_of_signature {
            end_of_signature
        } else {
            // A field or a constant.
            position(tokens, at, |token| is_punct(token, ',') || is_punct(token, '=') || is_punct(token, ';'))
        };
        self.public = true;
        self.slice(&tokens[at..end], module);
        self.public = false;
        end
    }

    fn path(&mut self, tokens: &[TokenTree], at: usize, first: &Ident, module: &[String]) -> usize {
        let mut segments = vec![first.to_string()];
        let mut next = at + 1;
        while is_separator(tokens, next) {
            let Some(TokenTree::Ident(word)) = tokens.get(next + 2) else { break };
            segments.push(word.to_string());
            next += 3;
        }
        // A method or a field is no path.
        let of_a_value = at > 0 && is_punct(&tokens[at - 1], '.');
        if segments.len() > 1 || !of_a_value {
            self.found(segments, first, module);
        }
        next
    }

    fn use_tree(&mut self, tokens: &[TokenTree], prefix: &[String], module: &[String]) {
        for tree in tokens.split(|token| is_punct(token, ',')) {
            let mut segments = prefix.to_vec();
            let mut at = 0;
            let mut last = None;
            while let Some(TokenTree::Ident(word)) = tree.get(at) {
                segments.push(word.to_string());
                last = Some(word);
                at += 1;
                if !is_separator(tree, at) {
                    break;
                }
                at += 2;
            }
            match tree.get(at) {
                Some(TokenTree::Group(inner)) => {
                    let inner: Vec<TokenTree> = inner.stream().into_iter().collect();
                    self.use_tree(&inner, &segments, module);
                }
                Some(TokenTree::Punct(_)) => {
                    if let Some(word) = last {
                        self.found(segments, word, module);
                    }
                }
                renamed => {
                    let Some(word) = last else { continue };
                    if segments.len() > 1 && segments.last().is_some_and(|segment| segment == "self") {
                        segments.pop();
                    }
                    let shorter = match (renamed, tree.get(at + 1)) {
                        (Some(TokenTree::Ident(_)), Some(TokenTree::Ident(new))) => new.to_string(),
                        _ => segments.last().cloned().unwrap_or_default(),
                    };
                    if segments.len() > 1 {
                        self.shorter.insert(shorter, (segments.clone(), module.to_vec()));
                    }
                    self.found(segments, word, module);
                }
            }
        }
    }

    fn found(&mut self, segments: Vec<String>, at: &Ident, module: &[String]) {
        let line = at.span().start().line;
        self.names.push(Found { segments, module: module.to_vec(), line, public: self.public });
    }

    /// Where a path leads, seen from the crate's root.
    fn resolve(&self, segments: &[String], module: &[String]) -> Vec<String> {
        if let Some(path) = from_root(segments, module) {
            return path;
        }
        match segments.split_first().and_then(|(first, rest)| Some((self.shorter.get(first)?, rest))) {
            Some(((full, module), rest)) => {
                let mut path = from_root(full, module).unwrap_or_else(|| full.clone());
                path.extend(rest.iter().cloned());
                path
            }
            None => segments.to_vec(),
        }
    }
}

/// A path that begins with `crate`, `self` or `super`, seen from the crate's root.
fn from_root(segments: &[String], module: &[String]) -> Option<Vec<String>> {
    let relative = segments.iter().take_while(|part| matches!(part.as_str(), "crate" | "self" | "super")).count();
    let (relative, rest) = segments.split_at(relative);
    let mut place = module.to_vec();
    for part in relative {
        match part.as_str() {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            _ => {}
        }
    }
    place.insert(0, "crate".to_owned());
    place.extend(rest.iter().cloned());
    (!relative.is_empty()).then_some(place)
}

fn position(tokens: &[TokenTree], from: usize, is: impl Fn(&TokenTree) -> bool) -> usize {
    tokens.iter().skip(from).position(is).map_or(tokens.len(), |found| found + from)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| is_punct(token, ':'))
        && tokens.get(at + 1).is_some_and(|token| is_punct(token, ':'))
}

fn first_word(attribute: &Group) -> Option<String> {
    match attribute.stream().into_iter().next()? {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

/// `#[cfg(test)]`, alone or among others.
fn is_for_tests(attribute: &Group) -> bool {
    let words = attribute.stream().to_string();
    let has = |wanted: &str| words.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == wanted);
    first_word(attribute).is_some_and(|word| word == "cfg") && has("test") && !has("not")
}
