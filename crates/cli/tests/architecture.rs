//! The arrow table of `docs/architecture.md`, held against the manifests, so that the picture cannot rot.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that reads the manifests; what it cannot read is a failure"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// The heading below which the table stands.
const HEADING: &str = "## Who may import whom";
/// What the table says of a crate that may import every other.
const EVERYTHING: &str = "everything";
/// What domain rests on.
const UNDER_DOMAIN: [&str; 4] = ["chrono", "rust_decimal", "serde", "thiserror"];

/// What a crate may import of ours.
#[derive(Debug, PartialEq, Eq)]
enum Allowed {
    Everything,
    These(BTreeSet<String>),
}

impl Allowed {
    fn includes(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::These(names) => names.contains(name),
        }
    }
}

/// One crate of ours, as its manifest tells.
#[derive(Debug)]
struct Room {
    /// Name of its folder, under `crates` or `crates/adapters`.
    name: String,
    adapter: bool,
    package: String,
    /// Packages that it depends on, those for tests alone left out.
    dependencies: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The rows of the arrow table. A row reads: `crate`, a dash or `names` or the word everything.
fn rows(document: &str) -> BTreeMap<String, Allowed> {
    let (_, section) = document.split_once(HEADING).expect("the heading of the arrow table");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, allowed] = cells[..] else { panic!("this row has no two cells: {line}") };
        let name = name.trim_matches('`').to_owned();
        let allowed = match allowed {
            EVERYTHING => Allowed::Everything,
            "–" => Allowed::These(BTreeSet::new()),
            names => Allowed::These(names.split(", ").map(|one| quoted(one, line)).collect()),
        };
        assert!(rows.insert(name.clone(), allowed).is_none(), "`{name}` has two rows");
    }
    assert!(!rows.is_empty(), "there is no row below {HEADING:?}");
    rows
}

fn quoted(text: &str, line: &str) -> String {
    let name = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    name.unwrap_or_else(|| panic!("{text:?} is no crate in backticks: {line}")).to_owned()
}

/// Every crate of ours with a manifest, adapters included.
fn rooms() -> Vec<Room> {
    let crates = root().join("crates");
    let mut all = Vec::new();
    for (folder, adapter) in [(crates.clone(), false), (crates.join("adapters"), true)] {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.join("Cargo.toml").is_file() {
                all.push(room(&path, adapter));
            }
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(all.iter().any(|room| room.name == "domain"), "no crate was found under {}", crates.display());
    all
}

fn room(path: &Path, adapter: bool) -> Room {
    let manifest: Table = fs::read_to_string(path.join("Cargo.toml")).unwrap().parse().unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let package = manifest["package"]["name"].as_str().unwrap().to_owned();
    let mut dependencies = BTreeSet::new();
    collect(&manifest, &mut dependencies);
    for target in manifest.get("target").and_then(|targets| targets.as_table()).into_iter().flatten() {
        collect(target.1.as_table().unwrap(), &mut dependencies);
    }
    Room { name, adapter, package, dependencies }
}

/// Packages of the tables that a build of the crate itself takes in; a dependency may go under another name.
fn collect(manifest: &Table, dependencies: &mut BTreeSet<String>) {
    for kind in ["dependencies", "build-dependencies"] {
        let Some(table) = manifest.get(kind).and_then(|table| table.as_table()) else { continue };
        for (name, said) in table {
            let package = said.get("package").and_then(|package| package.as_str());
            dependencies.insert(package.unwrap_or(name).to_owned());
        }
    }
}

/// Arrows between our crates: from, to.
fn arrows(rooms: &[Room]) -> Vec<(&Room, &Room)> {
    let to = |package: &String| rooms.iter().find(|room| room.package == *package);
    rooms.iter().flat_map(|from| from.dependencies.iter().filter_map(to).map(move |to| (from, to))).collect()
}

fn table() -> BTreeMap<String, Allowed> {
    rows(&fs::read_to_string(root().join("docs/architecture.md")).unwrap())
}

#[test]
fn every_crate_has_a_row_and_every_row_a_crate() {
    let (rooms, table) = (rooms(), table());
    for room in &rooms {
        assert!(
            table.contains_key(&room.name),
            "crates/.../{} has no row in docs/architecture.md",
            room.name
        );
    }
    let exists = |name: &String| rooms.iter().any(|room| room.name == *name);
    for (name, allowed) in &table {
        assert!(exists(name), "docs/architecture.md has a row for `{name}`, which is no crate");
        if let Allowed::These(names) = allowed {
            for other in names {
                assert!(exists(other), "the row of `{name}` allows `{other}`, which is no crate");
            }
        }
    }
}

#[test]
fn no_crate_imports_more_than_its_row_allows() {
    let (rooms, table) = (rooms(), table());
    for (from, to) in arrows(&rooms) {
        let allowed = table.get(&from.name).is_some_and(|row| row.includes(&to.name));
        assert!(allowed, "`{}` imports `{}`; docs/architecture.md does not allow it", from.name, to.name);
    }
}

#[test]
fn siblings_never_meet() {
    let siblings = ["market-data", "regime", "strategy", "portfolio", "sizing", "risk", "positions"];
    for (from, to) in arrows(&rooms()) {
        let meet = siblings.contains(&from.name.as_str()) && siblings.contains(&to.name.as_str());
        assert!(!meet, "the siblings `{}` and `{}` meet", from.name, to.name);
    }
}

#[test]
fn adapters_never_import_each_other() {
    for (from, to) in arrows(&rooms()) {
        assert!(
            !(from.adapter && to.adapter),
            "the adapter `{}` imports the adapter `{}`",
            from.name,
            to.name
        );
    }
}

#[test]
fn nothing_inside_knows_an_adapter_or_the_program() {
    for (from, to) in arrows(&rooms()) {
        let edge = to.adapter || ["cli", "autotrading"].contains(&to.name.as_str());
        let wiring = ["cli", "autotrading"].contains(&from.name.as_str());
        assert!(!edge || wiring, "`{}` imports `{}`, which stands further out", from.name, to.name);
    }
}

#[test]
fn the_simulated_venue_keeps_its_own_account() {
    for (from, to) in arrows(&rooms()) {
        let copies = from.name == "exchanges" && to.name == "positions";
        assert!(!copies, "`exchanges` imports `positions`: venue and books could no longer judge each other");
    }
}

#[test]
fn domain_rests_on_four_crates_alone() {
    let rooms = rooms();
    let domain = rooms.iter().find(|room| room.name == "domain").unwrap();
    for package in &domain.dependencies {
        assert!(
            UNDER_DOMAIN.contains(&package.as_str()),
            "`domain` imports {package}, expected one of {UNDER_DOMAIN:?}"
        );
    }
}

#[test]
fn packages_are_named_after_their_folders() {
    for room in rooms() {
        let expected =
            if room.name == "autotrading" { room.name.clone() } else { format!("autotrading-{}", room.name) };
        assert_eq!(room.package, expected, "the package in the folder {}", room.name);
    }
}

#[test]
fn a_row_is_read_as_it_is_written() {
    let document = format!(
        "{HEADING}\n\n| crate | may import |\n| --- | --- |\n| `domain` | – |\n| `core` | `domain`, `risk` |\n\
         | `cli` | everything |\n\n## Next\n\n| `else` | – |\n"
    );
    let rows = rows(&document);
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["cli", "core", "domain"]);
    assert!(rows["cli"].includes("anything") && !rows["domain"].includes("core"));
    assert!(rows["core"].includes("risk") && !rows["core"].includes("journal"));
}

#[test]
fn the_guide_shows_the_example_word_for_word() {
    let guide = fs::read_to_string(root().join("docs/guide/your-own-strategy.md")).unwrap();
    let example = fs::read_to_string(root().join("examples/your_own_strategy.rs")).unwrap();
    let mut pieces = 0;
    for block in guide.split("\n```").filter_map(|block| block.split_once('\n')) {
        let ("rust" | "toml", code) = block else { continue };
        pieces += 1;
        assert!(example.contains(code.trim_end()), "this is not in examples/your_own_strategy.rs:\n{code}");
    }
    assert!(pieces > 3, "only {pieces} pieces of code were found in the guide");
}

#[test]
fn every_key_of_the_built_in_configuration_is_in_the_guide() {
    fn names(table: &Table, all: &mut BTreeSet<String>) {
        for (key, value) in table {
            // Names of strategies and weights are the user's; their parameters are listed by the program.
            if key == "weights" || key == "parameters" {
                continue;
            }
            all.insert(key.clone());
            let tables = value
                .as_table()
                .into_iter()
                .chain(value.as_array().into_iter().flatten().flat_map(|v| v.as_table()));
            tables.for_each(|table| names(table, all));
        }
    }
    let guide = fs::read_to_string(root().join("docs/guide/configuration.md")).unwrap();
    let built_in: Table =
        fs::read_to_string(root().join("crates/cli/data/backtest.toml")).unwrap().parse().unwrap();
    let mut all = BTreeSet::new();
    names(&built_in, &mut all);
    assert!(all.len() > 50, "{} keys", all.len());
    let words: BTreeSet<&str> = guide.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    for key in all {
        assert!(words.contains(key.as_str()), "the key {key} is not in docs/guide/configuration.md");
    }
}
