//! A request on its way, and the search for the samples of it that a receiver refuses: receivers
//! take nothing of a request with a sample that they do not want.

use std::collections::VecDeque;

use crate::output::remote::wire::v1::{TimeSeries, WriteRequest};

/// After this many refusals in a row, samples from all over the request are tried.
const PROBE_AFTER: u32 = 16;
const FIRST_PROBES: usize = 29;
const LAST_PROBES: usize = 3;
/// After this many refusals in a row, nothing of the rest is taken.
const GIVE_UP_AFTER: u32 = 48;

/// The parts of a request that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Request {
    parts: VecDeque<WriteRequest>,
    /// Series that were refused alone: searched when all others were tried.
    suspects: VecDeque<WriteRequest>,
    /// Whether the parts are of a suspect.
    is_searching: bool,
    /// Refused parts since one was taken.
    refusals: u32,
    known: Known,
    is_split: bool,
    /// Samples that were refused alone.
    dropped: u64,
}

/// What is known of the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    Nothing,
    /// It took a part.
    Takes,
    /// Samples from all over the request were tried.
    Probed,
    /// It took a part after that: some are wanted, and some are not.
    Mixed,
}

/// What is known after a part was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The search goes on, or is over.
    Narrowed,
    /// Nothing was taken, wherever it was tried.
    Everything,
}

impl Request {
    /// A request with these samples.
    pub(super) fn new(series: Vec<TimeSeries>) -> Self {
        Self { parts: [message(series)].into(), ..Self::default() }
    }

    /// What is to be sent next; `None` if nothing is left.
    pub(super) fn part(&self) -> Option<&WriteRequest> {
        self.parts.front()
    }

    /// Whether a part was refused.
    pub(super) fn is_split(&self) -> bool {
        self.is_split
    }

    /// Samples that were refused alone.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The part was taken; returns the number of its samples.
    pub(super) fn take(&mut self) -> u64 {
        self.refusals = 0;
        self.known = match self.known {
            Known::Nothing | Known::Takes => Known::Takes,
            Known::Probed | Known::Mixed => Known::Mixed,
        };
        let taken = self.parts.pop_front().map_or(0, |part| samples(&part));
        self.go_on();
        taken
    }

    /// The part was refused.
    pub(super) fn refuse(&mut self) -> Refusal {
        let Some(part) = self.parts.pop_front() else { return Refusal::Narrowed };
        self.is_split = true;
        self.refusals += 1;
        self.split(part);
        self.go_on();
        if self.known == Known::Mixed || (self.known == Known::Takes && self.is_searching) {
            self.hurry();
        } else if self.refusals >= GIVE_UP_AFTER && !self.parts.is_empty() {
            return Refusal::Everything;
        } else if self.refusals == PROBE_AFTER && self.known != Known::Probed {
            self.probe();
        }
        Refusal::Narrowed
    }

    /// Gives up what is left.
    pub(super) fn drop_rest(&mut self) {
        let rest = self.parts.drain(..).chain(self.suspects.drain(..));
        self.dropped += rest.map(|part| samples(&part)).sum::<u64>();
    }

    /// Several series are divided, and large parts are tried before small ones. What is wanted of
    /// other series does not wait for the search in one.
    fn split(&mut self, mut part: WriteRequest) {
        let series = part.timeseries.len();
        if samples(&part) <= 1 {
            self.dropped += 1;
        } else if series > 1 {
            let rest = part.timeseries.split_off(series / 2);
            self.parts.extend([part, message(rest)]);
        } else if self.is_searching {
            self.halve(part);
        } else {
            self.suspects.push_back(part);
        }
    }

    /// Begins the search in the next suspect when nothing else is left.
    fn go_on(&mut self) {
        if self.parts.is_empty()
            && let Some(suspect) = self.suspects.pop_front()
        {
            self.is_searching = true;
            self.halve(suspect);
        }
    }

    /// One series is divided in time, and what is older is tried first, since it is refused after
    /// what is newer.
    fn halve(&mut self, mut older: WriteRequest) {
        if let Some(series) = older.timeseries.first_mut() {
            let samples = series.samples.split_off(series.samples.len() / 2);
            let newer = TimeSeries { labels: series.labels.clone(), samples };
            self.parts.push_front(message(vec![newer]));
            self.parts.push_front(older);
        }
    }

    /// After many refusals in a row, only the newest part of a suspect is tried: samples are often
    /// refused because they are old.
    fn hurry(&mut self) {
        if self.is_searching && self.refusals >= GIVE_UP_AFTER {
            let newest = self.parts.len().saturating_sub(1);
            self.dropped += self.parts.drain(..newest).map(|part| samples(&part)).sum::<u64>();
        }
    }

    /// Makes one part of those of a suspect.
    fn join(&mut self) {
        let parts = std::mem::take(&mut self.parts).into_iter();
        let joined = parts.flat_map(|part| part.timeseries).reduce(|mut older, newer| {
            older.samples.extend(newer.samples);
            older
        });
        self.parts.extend(joined.map(|series| message(vec![series])));
    }

    /// Puts the first samples of some series to the front, and the last ones of very few: what is
    /// older than they are may be refused after them.
    fn probe(&mut self) {
        self.known = Known::Probed;
        if std::mem::take(&mut self.is_searching) {
            self.join();
        }
        self.parts.append(&mut self.suspects);
        let all: usize = self.parts.iter().map(|part| part.timeseries.len()).sum();
        let mut probes = Vec::new();
        let mut take = |count: usize, is_last: bool| {
            let series = self.parts.iter_mut().flat_map(|part| &mut part.timeseries);
            let series = series.step_by(all.div_ceil(count).max(1));
            for series in series.filter(|series| !is_last || series.samples.len() > 1) {
                let place = if is_last { series.samples.len() - 1 } else { 0 };
                let samples = vec![series.samples.remove(place)];
                let labels = series.labels.clone();
                probes.push(message(vec![TimeSeries { labels, samples }]));
            }
        };
        take(FIRST_PROBES, false);
        take(LAST_PROBES, true);
        for part in &mut self.parts {
            part.timeseries.retain(|series| !series.samples.is_empty());
        }
        self.parts.retain(|part| !part.timeseries.is_empty());
        for probe in probes.into_iter().rev() {
            self.parts.push_front(probe);
        }
    }
}

fn message(timeseries: Vec<TimeSeries>) -> WriteRequest {
    WriteRequest { timeseries }
}

fn samples(part: &WriteRequest) -> u64 {
    part.timeseries.iter().map(|series| series.samples.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::output::remote::wire::v1::{Label, Sample};

    /// As many series with as many samples each.
    fn request(series: usize, samples: i64) -> Request {
        let series = (0..series).map(|number| TimeSeries {
            labels: vec![Label { name: "n".to_owned(), value: number.to_string() }],
            samples: (0..samples).map(|timestamp| Sample { value: 1.0, timestamp }).collect(),
        });
        Request::new(series.collect())
    }

    fn of(part: &WriteRequest) -> Vec<(usize, i64)> {
        let of_series = |series: &TimeSeries| {
            let number = series.labels[0].value.parse().unwrap();
            series.samples.iter().map(move |sample| (number, sample.timestamp)).collect::<Vec<_>>()
        };
        part.timeseries.iter().flat_map(of_series).collect()
    }

    /// Sends all parts to a receiver that takes no part with a bad sample. Returns what it took,
    /// how often it was asked, and whether the search was given up.
    fn sent(
        mut request: Request,
        is_bad: impl Fn((usize, i64)) -> bool,
    ) -> (BTreeSet<(usize, i64)>, usize, Refusal) {
        let (mut taken, mut asked, mut refusal) = (BTreeSet::new(), 0, Refusal::Narrowed);
        let all = samples(request.part().unwrap());
        while let Some(part) = request.part() {
            asked += 1;
            let part = of(part);
            if part.iter().any(|sample| is_bad(*sample)) {
                refusal = request.refuse();
                if refusal == Refusal::Everything {
                    request.drop_rest();
                }
            } else {
                assert_eq!(request.take(), part.len() as u64);
                for sample in part {
                    assert!(taken.insert(sample));
                }
            }
        }
        assert_eq!(taken.len() as u64 + request.dropped(), all);
        (taken, asked, refusal)
    }

    #[test]
    fn only_the_refused_samples_are_lost() {
        let bad = |(series, _): (usize, i64)| series == 37;
        let (taken, asked, _) = sent(request(200, 10), bad);
        assert_eq!(taken.len(), 1990);
        assert_eq!(asked, 33);
        // What is wanted comes before the search in the series that are not.
        let bad = |(series, _): (usize, i64)| [3, 8, 12].contains(&series);
        let (taken, asked, _) = sent(request(14, 140), bad);
        assert_eq!((taken.len(), asked), (11 * 140, 91));
        // After many samples that are too old, most of those that are not are found.
        let (taken, asked, _) = sent(request(3, 600), |(series, time)| series < 2 && time < 400);
        assert_eq!((taken.len(), asked), (600 + 2 * 150, 105));
        let (taken, ..) = sent(request(200, 10), |(_, time)| time < 5);
        assert_eq!(taken.len(), 1000);
        let (taken, ..) = sent(request(200, 10), |(series, _)| series % 2 == 1);
        assert_eq!(taken.len(), 1000);
        let (taken, ..) = sent(request(1, 2000), |(_, time)| time == 1000);
        assert_eq!(taken.len(), 1999);
        let (taken, asked, _) = sent(request(200, 10), |_| false);
        assert_eq!((taken.len(), asked), (2000, 1));
    }

    #[test]
    fn a_request_of_which_nothing_is_taken_is_given_up_soon() {
        for (series, samples) in [(2000, 1), (200, 10), (1, 2000), (40, 50)] {
            let (taken, asked, refusal) = sent(request(series, samples), |_| true);
            assert_eq!((taken.len(), asked, refusal), (0, 48, Refusal::Everything));
        }
        let (_, asked, refusal) = sent(request(1, 1), |_| true);
        assert_eq!((asked, refusal), (1, Refusal::Narrowed));
    }

    #[test]
    fn samples_of_a_series_are_sent_in_their_order() {
        let mut request = request(3, 40);
        let mut newest = [-1; 3];
        while let Some(part) = request.part() {
            let part = of(part);
            if part.iter().any(|(series, time)| *series == 1 && time % 7 == 3) {
                request.refuse();
            } else {
                for (series, time) in part {
                    assert!(newest[series] < time);
                    newest[series] = time;
                }
                request.take();
            }
        }
        assert_eq!(newest, [39; 3]);
    }
}
