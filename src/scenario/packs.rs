//! The rule packs that a scenario can name, as shipped or changed in named places.
//!
//! Invariant: an unchanged pack is the shipped one, byte for byte; a changed one drops its worked
//! examples, which were made for the unchanged values.

use super::error::Fault;
use super::format::{GroundChange, PackChanges};
use policy::Pack;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The files of a pack by path.
pub type PackFiles = BTreeMap<String, Vec<u8>>;

/// Packs by name.
#[derive(Clone, Debug, Default)]
pub struct PackShelf {
    packs: BTreeMap<String, PackFiles>,
}

impl PackShelf {
    /// The packs that come with the program.
    pub fn shipped() -> Self {
        let packs = crate::packs::names()
            .filter_map(|name| Some((name.to_owned(), crate::packs::files(name)?)));
        Self {
            packs: packs.collect(),
        }
    }

    /// Adds or replaces packs by the folders of a directory, each named after its pack.
    pub fn add_directory(&mut self, directory: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let folder = entry?.path();
            if !folder.join("pack.toml").is_file() {
                continue;
            }
            let Some(name) = folder.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            self.packs.insert(name.to_owned(), read_folder(&folder)?);
        }
        Ok(())
    }

    /// The names on the shelf.
    pub fn names(&self) -> Vec<&str> {
        self.packs.keys().map(String::as_str).collect()
    }

    /// The files of a pack.
    pub fn files(&self, name: &str) -> Option<&PackFiles> {
        self.packs.get(name)
    }

    pub(super) fn archive(
        &self,
        key: &str,
        name: &str,
        changes: Option<&PackChanges>,
    ) -> Result<Vec<u8>, Fault> {
        let files = self.files(name).ok_or_else(|| {
            let known = super::values::listed(&self.names());
            Fault::new(
                key,
                format!("there is no pack `{name}`"),
                format!("use one of {known}"),
            )
        })?;
        let files = match changes {
            None => files.clone(),
            Some(changes) => change(key, files, changes)?,
        };
        let pack = Pack::from_files(files).map_err(|error| {
            Fault::new(key, error.to_string(), "correct the pack or its changes")
        })?;
        Ok(pack.archive().to_vec())
    }
}

fn read_folder(folder: &Path) -> std::io::Result<PackFiles> {
    let mut files = PackFiles::new();
    for (prefix, place) in [
        ("", folder.to_path_buf()),
        ("notices/", folder.join("notices")),
        ("cases/", folder.join("cases")),
    ] {
        if !place.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(place)? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name().and_then(|n| n.to_str()))
            {
                files.insert(format!("{prefix}{name}"), std::fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

fn table(key: &str, files: &PackFiles, path: &str) -> Result<Table, Fault> {
    let text = files
        .get(path)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or("");
    text.parse().map_err(|_| {
        Fault::new(
            key,
            format!("`{path}` of the pack cannot be read"),
            "correct the pack",
        )
    })
}

fn set(table: &mut Table, path: &[&str], value: Option<Value>) {
    let (Some(value), Some((last, above))) = (value, path.split_last()) else {
        return;
    };
    let mut here = table;
    for part in above {
        let next = here
            .entry((*part).to_owned())
            .or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(next) = next else { return };
        here = next;
    }
    here.insert((*last).to_owned(), value);
}

fn change(key: &str, files: &PackFiles, changes: &PackChanges) -> Result<PackFiles, Fault> {
    let mut files = files.clone();
    files.retain(|path, _| !path.starts_with("cases/"));
    let mut pack = table(key, &files, "pack.toml")?;
    let text = |value: &Option<String>| value.clone().map(Value::String);
    let number = |value: Option<u32>| value.map(|value| Value::Integer(i64::from(value)));
    set(&mut pack, &["version"], text(&changes.version));
    set(&mut pack, &["valid_from"], text(&changes.valid_from));
    set(&mut pack, &["sunset"], text(&changes.sunset));
    set(&mut pack, &["existing"], text(&changes.existing));
    set(&mut pack, &["volume", "people"], number(changes.people));
    set(
        &mut pack,
        &["volume", "window_hours"],
        number(changes.window_hours),
    );
    set(
        &mut pack,
        &["deadlines", "appeal_hours"],
        number(changes.appeal_hours),
    );
    set(
        &mut pack,
        &["deadlines", "emergency_hours"],
        number(changes.emergency_hours),
    );
    set(
        &mut pack,
        &["deadlines", "daily_close"],
        text(&changes.daily_close),
    );
    files.insert("pack.toml".to_owned(), pack.to_string().into_bytes());
    if !changes.ground.is_empty() {
        let mut grounds = table(key, &files, "grounds.toml")?;
        for change in &changes.ground {
            change_ground(key, &mut grounds, change)?;
        }
        files.insert("grounds.toml".to_owned(), grounds.to_string().into_bytes());
    }
    if let Some(policy) = &changes.policy {
        let cedar = files.entry("authority.cedar".to_owned()).or_default();
        cedar.push(b'\n');
        cedar.extend_from_slice(policy.as_bytes());
    }
    Ok(files)
}

fn change_ground(key: &str, grounds: &mut Table, change: &GroundChange) -> Result<(), Fault> {
    let unknown = || {
        Fault::new(
            key,
            format!("the pack has no ground `{}`", change.code),
            "change a ground that the pack has",
        )
    };
    let Some(Value::Array(list)) = grounds.get_mut("ground") else {
        return Err(unknown());
    };
    let is_it =
        |value: &Value| value.get("code").and_then(Value::as_str) == Some(change.code.as_str());
    let place = list.iter().position(is_it).ok_or_else(unknown)?;
    if change.remove {
        list.remove(place);
        return Ok(());
    }
    let Some(Value::Table(ground)) = list.get_mut(place) else {
        return Err(unknown());
    };
    let days = [
        ("red", change.red_days),
        ("yellow", change.yellow_days),
        ("flag", change.flag_days),
    ];
    if days.iter().any(|(_, days)| days.is_some()) {
        let steps = days.iter().filter_map(|(word, days)| {
            let days = i64::from((*days).filter(|days| *days > 0)?);
            let mut step = Table::new();
            match *word {
                "flag" => step.insert("flag".to_owned(), Value::Boolean(true)),
                colour => step.insert("colour".to_owned(), Value::String(colour.to_owned())),
            };
            step.insert("days".to_owned(), Value::Integer(days));
            Some(Value::Table(step))
        });
        ground.insert("steps".to_owned(), Value::Array(steps.collect()));
    }
    set(ground, &["automatic"], change.automatic.map(Value::Boolean));
    set(ground, &["by_order"], change.by_order.map(Value::Boolean));
    if let Some(people) = change.automatic_people {
        let why = Value::String("changed by a scenario".to_owned());
        set(
            ground,
            &["automatic_people"],
            Some(Value::Integer(i64::from(people))),
        );
        set(ground, &["automatic_people_why"], Some(why));
    }
    match &change.without_release {
        Some(name) => drop_release(key, ground, name),
        None => Ok(()),
    }
}

fn drop_release(key: &str, ground: &mut Table, name: &str) -> Result<(), Fault> {
    let releases = ground.get_mut("release").and_then(Value::as_array_mut);
    let is_it = |release: &Value| release.get("name").and_then(Value::as_str) == Some(name);
    let found = releases.and_then(|list| Some((list.iter().position(is_it)?, list)));
    let (place, list) = found.ok_or_else(|| {
        Fault::new(
            key,
            format!("the ground has no release `{name}`"),
            "leave out a release that the ground has",
        )
    })?;
    list.remove(place);
    Ok(())
}
