//! Random sequences of what clients, other programs and kills do to files with several names,
//! against a model of a few lines.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rrd_core::{Clock, Reach, Rrd, Sample, Schema, Store, StoreOptions, Timestamp};

const START: i64 = 1_000_000_000;
const STEPS: usize = 150;

fn schema() -> Schema {
    let step = std::time::Duration::from_secs(10);
    let schema = Schema::builder(step).gauge("a", 50 * step).average(0.5, 1, 2000);
    schema.max(0.5, 3, 100).build().expect("a schema")
}

fn sample(number: i64) -> Sample {
    Sample::new(Timestamp::from_seconds(START + number * 10), [number % 17])
}

fn create(path: &Path) {
    Rrd::create(path, &schema(), Timestamp::from_seconds(START)).expect("created");
}

/// Numbers below a limit that look random and are the same in each run.
fn chances(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 5;
    move |limit| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("small") % limit
    }
}

/// What a file has to contain.
#[derive(Debug, Default)]
struct Model {
    written: Vec<i64>,
    pending: Vec<i64>,
    /// Hard links, and whether the store was told of each since it was opened.
    names: Vec<(PathBuf, bool)>,
    /// Keeps the number of an earlier file from being used again.
    before: Vec<File>,
    /// How many there were.
    made: i64,
}

impl Model {
    fn last(&self) -> i64 {
        self.written.last().copied().unwrap_or(0)
    }

    /// Pending samples are written, unless another program was faster.
    fn write(&mut self) {
        let last = self.last();
        self.pending.retain(|number| *number > last);
        self.written.append(&mut self.pending);
    }

    /// Whether the store finds the file if it loses this name.
    fn can_lose(&self, place: usize) -> bool {
        let others = || self.names.iter().enumerate().filter(|(other, _)| *other != place);
        others().any(|(_, (_, used))| *used) || self.pending.is_empty() && others().count() > 0
    }
}

#[test]
fn whatever_happens_to_its_names_a_file_has_the_samples_that_were_given_for_it() {
    for seed in 1..=12 {
        let mut below = chances(seed);
        let top = tempfile::tempdir().expect("a folder");
        let top = top.path().canonicalize().expect("a path");
        let base = top.join("base");
        fs::create_dir_all(base.join("sub")).expect("a folder");
        fs::create_dir(top.join("far")).expect("a folder");
        symlink(&base, base.join("sub/up")).expect("a link");
        let seconds = Arc::new(AtomicI64::new(START));
        let open = || {
            let seconds = seconds.clone();
            let reach = match seed % 2 {
                0 => Reach::Anywhere,
                _ => Reach::Below(vec![top.join("far")]),
            };
            let options = StoreOptions::new()
                .segment_size(64 << 10)
                .journal_folder(top.join("journal"))
                .max_skew(None)
                .most_loaded(if seed % 3 == 0 { 1 } else { 100 })
                .clock(Clock::new(move || Timestamp::from_seconds(seconds.load(Ordering::Relaxed))))
                .reach(reach);
            Store::open(&base, options).expect("a store")
        };
        let mut models = (0..3).map(|file| {
            let first = base.join(format!("{file}.rrd"));
            create(&first);
            Model { names: vec![(first, false)], ..Model::default() }
        });
        let mut models: Vec<_> = models.by_ref().collect();
        let mut store = open();
        let mut number = 0;
        for step in 0..STEPS {
            let what = below(100);
            let model = &mut models[below(3)];
            let place = below(model.names.len());
            match what {
                // A client updates it by some way to write one of its names.
                0..50 => {
                    let (name, used) = &mut model.names[place];
                    *used = true;
                    let inside = name.strip_prefix(&base).map(Path::to_owned);
                    let spelled = match (inside, below(4)) {
                        (Ok(inside), 0) => inside,
                        (Ok(inside), 1) => Path::new("sub/..").join(inside),
                        (Ok(inside), 2) => Path::new("sub/up").join(inside),
                        _ => name.clone(),
                    };
                    number += 3;
                    let done = store.update(&spelled, &sample(number));
                    done.unwrap_or_else(|error| panic!("{seed}, {step}: {spelled:?}: {error:?}"));
                    model.pending.push(number);
                }
                // It is written.
                50..60 => {
                    let name = &model.names[place].0;
                    store.flush(name).unwrap_or_else(|error| panic!("{seed}, {step}: {error:?}"));
                    if model.names[place].1 || model.names.iter().any(|(_, used)| *used) {
                        model.write();
                    }
                }
                // A second passes.
                60..70 => drop(seconds.fetch_add(1, Ordering::Relaxed)),
                // It gets another name, or loses one.
                70..77 if model.names.len() < 3 => {
                    let folder = if below(2) == 0 { &base } else { &top.join("far") };
                    let name = folder.join(format!("{seed}-{step}.rrd"));
                    fs::hard_link(&model.names[place].0, &name).expect("linked");
                    model.names.push((name, false));
                }
                77..84 if model.can_lose(place) => {
                    fs::remove_file(model.names.swap_remove(place).0).expect("removed");
                }
                // Another program updates it.
                84..88 => {
                    // Two files of one name with the same last update would be taken for one.
                    let low = model.last() + 1;
                    let low = if low == 1 { low + model.made } else { low };
                    let last = if below(2) == 0 { low } else { number + 1 };
                    number = number.max(last);
                    let mut rrd = Rrd::open(&model.names[place].0).expect("opened");
                    rrd.update(&sample(last)).expect("updated");
                    model.written.push(last);
                }
                // It is removed, and made again.
                88..91 => {
                    let (name, _) = model.names[place].clone();
                    model.before.push(File::open(&name).expect("opened"));
                    for (name, _) in model.names.drain(..) {
                        fs::remove_file(name).expect("removed");
                    }
                    create(&name);
                    model.names.push((name, false));
                    (model.written, model.pending) = (Vec::new(), Vec::new());
                    model.made += 1;
                    seconds.fetch_add(1, Ordering::Relaxed);
                }
                // The samples that it lacks are dropped on request.
                91..93 => {
                    store.forget(&model.names[place].0).expect("forgotten");
                    model.pending.clear();
                    model.names.iter_mut().for_each(|(_, used)| *used = false);
                }
                // What is remembered of it goes, if it lacks nothing.
                93..95 => {
                    if let Some(file) = store.known_file(&model.names[place].0)
                        && store.drop_idle(&file)
                    {
                        assert!(model.pending.is_empty(), "{seed}, {step}");
                        model.names.iter_mut().for_each(|(_, used)| *used = false);
                    }
                }
                // A kill.
                95..98 => {
                    drop(store);
                    store = open();
                    for model in &mut models {
                        model.write();
                        model.names.iter_mut().for_each(|(_, used)| *used = false);
                    }
                }
                _ => {
                    store.flush_all();
                    models.iter_mut().for_each(Model::write);
                }
            }
        }
        store.flush_all();
        drop(store);
        for (file, model) in models.iter_mut().enumerate() {
            model.write();
            let expected = top.join("expected.rrd");
            create(&expected);
            let mut rrd = Rrd::open(&expected).expect("opened");
            for number in &model.written {
                rrd.update(&sample(*number)).expect("updated");
            }
            drop(rrd);
            let expected = fs::read(&expected).expect("bytes");
            let mut found = fs::read(&model.names[0].0).expect("bytes");
            // A void record may follow the rows.
            found.truncate(expected.len());
            assert!(found == expected, "{seed}: file {file}: {model:?}");
            fs::remove_file(top.join("expected.rrd")).expect("removed");
        }
    }
}
