//! Typefaces for letters that the embedded ones lack: those that the caller names, then those of
//! the machine. Nothing is read before a letter is missing.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thiserror::Error;

use super::face::Face;
use super::machine::{Machine, Place};
use super::memory::{REMEMBERED, locked};
use super::typeface::{Shaped, Typeface};

/// A font that is asked for letters that the embedded ones lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Substitute {
    /// A font file.
    File(PathBuf),
    /// A family among the fonts of the machine.
    Family(String),
}

/// Why a picture does not show all letters as it should.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FontFault {
    /// A file that was named cannot be read.
    #[error("cannot read the font \"{}\"", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No font has a letter.
    #[error(
        "no font has \"{letter}\" (U+{:04X}): install one that does, such as the package {}, or name its file",
        u32::from(*letter),
        package(*letter)
    )]
    Missing {
        /// The first such letter.
        letter: char,
    },
}

/// A Debian package with a font that has a letter.
fn package(letter: char) -> &'static str {
    match letter {
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}'
        | '\u{20000}'..='\u{3ffff}' => "fonts-noto-cjk",
        _ => "fonts-noto-core",
    }
}

/// The largest font file, in bytes.
const MAX_FILE: u64 = 1 << 29;
/// Limit on the number of typefaces in one file.
const MAX_IN_FILE: u32 = 256;

/// Typefaces beside the embedded ones.
pub(super) struct Substitutes {
    language: String,
    named: Vec<Substitute>,
    state: Mutex<State>,
}

/// What has been looked up.
#[derive(Default)]
struct State {
    machine: Option<Machine>,
    files: HashMap<PathBuf, Option<SharedBytes>>,
    loaded: HashMap<Place, Option<Arc<Typeface>>>,
    typefaces: Vec<Arc<Typeface>>,
    chosen: HashMap<(char, Wish), Option<Arc<Typeface>>>,
    texts: HashMap<(Wish, String), Arc<[Shaped]>>,
    faults: Vec<FontFault>,
    told: bool,
}

type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// What a typeface should look like, and the number of the one that is asked first.
pub(super) type Wish = (Face, Option<u8>);

/// Glyphs of the embedded typeface, or letters that it lacks.
enum Part<'a> {
    Kept(&'a [Shaped]),
    Missing(Range<usize>),
}

impl Substitutes {
    pub(super) fn new(language: &str) -> Self {
        Self { language: language.to_owned(), named: Vec::new(), state: Mutex::default() }
    }

    /// Names the fonts that are asked before those of the machine.
    pub(super) fn name(&mut self, named: Vec<Substitute>) {
        if self.named != named {
            self.named = named;
            let state = self.state.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            state.chosen.clear();
            state.texts.clear();
        }
    }

    pub(super) fn take_faults(&self) -> Vec<FontFault> {
        std::mem::take(&mut locked(&self.state).faults)
    }

    pub(super) fn bytes_of_files(&self) -> usize {
        let state = locked(&self.state);
        state.files.values().flatten().map(|bytes| (**bytes).as_ref().len()).sum()
    }

    /// The typeface of this number, if it was ever given one.
    pub(super) fn typeface(&self, number: u16) -> Option<Arc<Typeface>> {
        locked(&self.state).typefaces.iter().find(|typeface| typeface.number == number).cloned()
    }

    /// The glyphs of a text that the embedded typeface lacks some letters of.
    pub(super) fn shape(&self, text: &str, embedded: &Typeface, wish: Wish) -> Arc<[Shaped]> {
        let key = (wish, text.to_owned());
        let mut state = locked(&self.state);
        if let Some(known) = state.texts.get(&key) {
            return Arc::clone(known);
        }
        let plain = embedded.shape(text);
        let mut shaped = Vec::with_capacity(plain.len());
        for part in parts(text, &plain) {
            match part {
                Part::Kept(glyphs) => shaped.extend_from_slice(glyphs),
                Part::Missing(range) => {
                    let leftwards = plain.first().map(|glyph| glyph.cluster)
                        > plain.last().map(|glyph| glyph.cluster);
                    let missing = text.get(range).unwrap_or_default();
                    let mut runs = self.runs(&mut state, missing, wish);
                    if leftwards {
                        runs.reverse();
                    }
                    for (typeface, run) in runs {
                        let run = missing.get(run).unwrap_or_default();
                        shaped.extend_from_slice(&match typeface {
                            Some(typeface) => typeface.shape(run),
                            None => embedded.shape(run),
                        });
                    }
                }
            }
        }
        let shaped: Arc<[Shaped]> = shaped.into();
        if state.texts.len() >= REMEMBERED {
            state.texts.clear();
        }
        state.texts.insert(key, Arc::clone(&shaped));
        shaped
    }

    /// A text cut where its typeface changes. Letters stay together as long as one has them.
    fn runs(
        &self,
        state: &mut State,
        text: &str,
        wish: Wish,
    ) -> Vec<(Option<Arc<Typeface>>, Range<usize>)> {
        let mut runs: Vec<(Option<Arc<Typeface>>, Range<usize>)> = Vec::new();
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            if let Some((Some(typeface), run)) = runs.last_mut()
                && (is_joiner(letter) || typeface.covers(letter))
            {
                run.end = end;
                continue;
            }
            let typeface = self.choose(state, letter, wish);
            match runs.last_mut() {
                Some((None, run)) if typeface.is_none() => run.end = end,
                _ => runs.push((typeface, at..end)),
            }
        }
        runs
    }

    /// The typeface of a letter.
    fn choose(&self, state: &mut State, letter: char, wish: Wish) -> Option<Arc<Typeface>> {
        if letter.is_control() || is_joiner(letter) {
            return None;
        }
        if let Some(known) = state.chosen.get(&(letter, wish)) {
            return known.clone();
        }
        let (face, number) = wish;
        let named = number.and_then(|number| self.named.get(usize::from(number)));
        let (file, family) = match named {
            Some(Substitute::File(file)) => (Some(file), None),
            Some(Substitute::Family(family)) => (None, Some(family.as_str())),
            None => (None, None),
        };
        let chosen = file
            .and_then(|file| state.in_file(file, letter))
            .or_else(|| state.of_machine(letter, face, family, &self.language));
        if chosen.is_none() && !state.told {
            state.told = true;
            state.faults.push(FontFault::Missing { letter });
        }
        if state.chosen.len() >= REMEMBERED {
            state.chosen.clear();
        }
        state.chosen.insert((letter, wish), chosen.clone());
        chosen
    }
}

impl State {
    /// The first typeface in a file that has a letter.
    fn in_file(&mut self, file: &Path, letter: char) -> Option<Arc<Typeface>> {
        for index in 0..MAX_IN_FILE {
            let typeface = self.load(&(file.to_owned(), index))?;
            if typeface.covers(letter) {
                return Some(typeface);
            }
        }
        None
    }

    fn of_machine(
        &mut self,
        letter: char,
        face: Face,
        family: Option<&str>,
        language: &str,
    ) -> Option<Arc<Typeface>> {
        let machine = self.machine.get_or_insert_with(|| Machine::search(language));
        let place = machine.find(letter, face, family)?;
        self.load(&place)
    }

    fn load(&mut self, place: &Place) -> Option<Arc<Typeface>> {
        if let Some(known) = self.loaded.get(place) {
            return known.clone();
        }
        let (file, index) = place;
        let loaded = self.bytes(file).and_then(|bytes| {
            let font = harfrust::Font::new(bytes, *index);
            if font.is_none() && *index == 0 {
                let source = io::Error::new(io::ErrorKind::InvalidData, "it is no font");
                self.faults.push(FontFault::Unreadable { file: file.clone(), source });
            }
            let number = u16::try_from(Face::COUNT + self.typefaces.len()).ok()?;
            Some(Arc::new(Typeface::new(number, font?)))
        });
        self.typefaces.extend(loaded.clone());
        self.loaded.insert(place.clone(), loaded.clone());
        loaded
    }

    fn bytes(&mut self, file: &Path) -> Option<SharedBytes> {
        if let Some(known) = self.files.get(file) {
            return known.clone();
        }
        let bytes = match read(file) {
            Ok(bytes) => Some(Arc::new(bytes) as SharedBytes),
            Err(source) => {
                self.faults.push(FontFault::Unreadable { file: file.to_owned(), source });
                None
            }
        };
        self.files.insert(file.to_owned(), bytes.clone());
        bytes
    }
}

/// The content of a font file.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let refuse = |reason| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    // Opening a pipe would wait for its writer.
    if !fs::metadata(file)?.is_file() {
        return refuse("it is no regular file");
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
        return refuse("it is larger than 512 MiB");
    }
    Ok(bytes)
}

/// Whether a character is part of its neighbours: joiners, marks of direction, variants.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Shaped glyphs split by whether the typeface has all letters of their cluster.
fn parts<'a>(text: &str, glyphs: &'a [Shaped]) -> Vec<Part<'a>> {
    let mut starts: Vec<usize> = glyphs.iter().map(|glyph| glyph.cluster).collect();
    starts.sort_unstable();
    let end_of = |cluster: usize| {
        let next = starts.partition_point(|start| *start <= cluster);
        starts.get(next).copied().unwrap_or(text.len())
    };
    let mut parts: Vec<Part<'a>> = Vec::new();
    let (mut first, mut rest) = (0, glyphs);
    for cluster in glyphs.chunk_by(|a, b| a.cluster == b.cluster) {
        let begin = cluster.first().map_or(0, |glyph| glyph.cluster);
        let end = end_of(begin);
        let missing = cluster.iter().any(|glyph| glyph.glyph == 0);
        let count = cluster.len();
        match (parts.last_mut(), missing) {
            (Some(Part::Missing(range)), true) => {
                *range = range.start.min(begin)..range.end.max(end);
            }
            (_, true) => parts.push(Part::Missing(begin..end)),
            (Some(Part::Kept(kept)), false) => {
                let from = first - kept.len();
                *kept = glyphs.get(from..first + count).unwrap_or_default();
            }
            (_, false) => parts.push(Part::Kept(rest.get(..count).unwrap_or_default())),
        }
        first += count;
        rest = glyphs.get(first..).unwrap_or_default();
    }
    parts
}
