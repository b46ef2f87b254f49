//! What both exported, beside each other in a file, and compared with it.

use std::fs;
use std::path::PathBuf;

use crate::rendered::rendered;
use crate::twice::Twice;

/// Writes the snapshots anew when it is set.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

/// Compares with `snapshots/{name}.txt`.
pub fn compare(name: &str, twice: &Twice) {
    let stock = rendered(&twice.stock);
    let ours = rendered(&twice.ours);
    let is = format!("=== tracing-opentelemetry and the SDK\n\n{stock}\n=== tracing-genai\n\n{ours}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(format!("{name}.txt"));
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        fs::write(&path, is).expect("the snapshot can be written");
        return;
    }
    let was = fs::read_to_string(&path).unwrap_or_default();
    if was != is {
        let differs = was.lines().zip(is.lines()).position(|(was, is)| was != is);
        let line = differs.unwrap_or(was.lines().count().min(is.lines().count()));
        panic!(
            "{}, line {}:\n  was {:?}\n  is  {:?}\nlook at what changed, and where it is right run the tests with {UPDATE}=1",
            path.display(),
            line + 1,
            was.lines().nth(line),
            is.lines().nth(line),
        );
    }
}
