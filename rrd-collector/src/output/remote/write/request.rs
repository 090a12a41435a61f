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
    /// Refused parts since one was taken.
    refusals: u32,
    is_split: bool,
    /// Samples that were refused alone.
    dropped: u64,
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
        Self { parts: [message(series)].into(), refusals: 0, is_split: false, dropped: 0 }
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
        self.parts.pop_front().map_or(0, |part| samples(&part))
    }

    /// The part was refused.
    pub(super) fn refuse(&mut self) -> Refusal {
        let Some(part) = self.parts.pop_front() else { return Refusal::Narrowed };
        self.is_split = true;
        self.refusals += 1;
        if samples(&part) <= 1 {
            self.dropped += 1;
        } else {
            self.split(part);
        }
        if self.refusals >= GIVE_UP_AFTER && !self.parts.is_empty() {
            return Refusal::Everything;
        }
        if self.refusals == PROBE_AFTER {
            self.probe();
        }
        Refusal::Narrowed
    }

    /// Gives up what is left.
    pub(super) fn drop_rest(&mut self) {
        self.dropped += self.parts.drain(..).map(|part| samples(&part)).sum::<u64>();
    }

    /// Several series are divided, and large parts are tried before small ones. One series is
    /// divided in time, and what is older is tried first, since it is refused after what is newer.
    fn split(&mut self, mut part: WriteRequest) {
        let all = &mut part.timeseries;
        if all.len() > 1 {
            let rest = all.split_off(all.len() / 2);
            self.parts.extend([part, message(rest)]);
        } else if let Some(series) = all.first_mut() {
            let newer = series.samples.split_off(series.samples.len() / 2);
            let newer = TimeSeries { labels: series.labels.clone(), samples: newer };
            self.parts.push_front(message(vec![newer]));
            self.parts.push_front(part);
        }
    }

    /// Puts the first samples of some series to the front, and the last ones of very few: what is
    /// older than they are may be refused after them.
    fn probe(&mut self) {
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
        assert_eq!(asked, 36);
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
