//! The arithmetic of the Holt-Winters functions. When it runs and with which coefficients is
//! decided in `update`.
//!
//! The forecast of a step is `baseline + trend * steps + season` (or, multiplicative, times the
//! season). Each known point adjusts baseline, trend, season and deviation by exponential smoothing
//! (J. Brutlag, "Aberrant Behavior Detection in Time Series for Network Monitoring", LISA 2000).
//! The archives of one forecast read each other's open rows; whether a companion comes earlier or
//! later in the file decides whether its values of this step or of the previous one are used.

use crate::archive::{Archive, ArchiveKind, Season};
use crate::cdp::{CdpPrep, CdpState};
use crate::number::{UNKNOWN, count_to_f64};

/// The open rows of one data source in all archives.
pub(crate) struct OpenRows<'a> {
    pub(crate) archives: &'a [Archive],
    pub(crate) cdps: &'a mut [CdpPrep],
    pub(crate) sources: usize,
    pub(crate) source: usize,
}

/// Baseline and trend of a forecast at one step.
#[derive(Clone, Copy)]
struct Trend {
    intercept: f64,
    slope: f64,
    steps: u64,
}

/// A forecast archive as seen by its companions.
#[derive(Clone, Copy)]
struct Forecast {
    index: usize,
    season: Season,
    alpha: f64,
    seasonal: usize,
    now: Trend,
    before: Trend,
}

impl OpenRows<'_> {
    /// The value that an archive with one point per row stores for `point`. `next` is the
    /// coefficient that a SEASONAL or DEVSEASONAL archive loads next.
    pub(crate) fn step(&mut self, archive: usize, point: f64, next: f64) -> f64 {
        let archives = self.archives;
        match archives.get(archive).map(|definition| &definition.kind) {
            Some(ArchiveKind::Forecast { season, alpha, beta, seasonal, .. }) => {
                self.forecast(archive, point, (*season, *alpha, *beta), *seasonal)
            }
            Some(ArchiveKind::Seasonal(season)) => {
                self.seasonal(archive, point, next, season.gamma, season.forecast)
            }
            Some(ArchiveKind::DevSeasonal(season)) => {
                self.deviation(archive, point, next, season.gamma, season.forecast)
            }
            Some(ArchiveKind::DevPredict { deviations }) => {
                self.coefficients(*deviations).map_or(UNKNOWN, |(now, before)| {
                    if *deviations < archive { before } else { now }
                })
            }
            Some(ArchiveKind::Failures {
                delta_positive,
                delta_negative,
                deviations,
                window,
                threshold,
            }) => {
                let band = (*delta_positive, *delta_negative);
                self.failure(archive, point, band, *deviations, (*window, *threshold))
            }
            Some(ArchiveKind::Classic { .. }) | None => point,
        }
    }

    /// Updates the open row of an archive for `points` equal points at once. `next` are the stored
    /// coefficients of the last of these steps and of the step after it.
    pub(crate) fn skip(&mut self, archive: usize, points: u64, next: [f64; 2]) {
        let Some(cdp) = self.cdp(archive) else { return };
        match &mut cdp.state {
            CdpState::Classic { .. } => {}
            CdpState::Forecast { null_count, last_null_count, .. } => {
                *null_count = null_count.wrapping_add(points);
                *last_null_count = last_null_count.wrapping_add(points.wrapping_sub(1));
                (cdp.primary, cdp.secondary) = (UNKNOWN, UNKNOWN);
            }
            CdpState::Seasonal { coefficient, last_coefficient, .. } => {
                [*last_coefficient, *coefficient] = next;
            }
            CdpState::DevPredict { .. } => (cdp.primary, cdp.secondary) = (UNKNOWN, UNKNOWN),
            CdpState::Failures { violations } => {
                *violations = [0; 28];
                (cdp.primary, cdp.secondary) = (0.0, 0.0);
            }
        }
    }

    fn forecast(
        &mut self,
        archive: usize,
        point: f64,
        (season, alpha, beta): (Season, f64, f64),
        seasonal: usize,
    ) -> f64 {
        let coefficient = self
            .coefficients(seasonal)
            .map_or(UNKNOWN, |(now, before)| if seasonal < archive { before } else { now });
        let Some(CdpState::Forecast {
            intercept,
            last_intercept,
            slope,
            last_slope,
            null_count,
            last_null_count,
        }) = self.cdp(archive).map(|cdp| &mut cdp.state)
        else {
            return point;
        };
        *last_intercept = *intercept;
        *last_slope = *slope;
        *last_null_count = *null_count;
        if intercept.is_nan() || slope.is_nan() || coefficient.is_nan() {
            if intercept.is_nan() && !point.is_nan() {
                (*intercept, *last_intercept) = (point, point);
                (*slope, *last_slope) = (0.0, 0.0);
                (*null_count, *last_null_count) = (1, 1);
            }
            return UNKNOWN;
        }
        let trend = Trend { intercept: *intercept, slope: *slope, steps: *null_count };
        if point.is_nan() {
            *null_count = null_count.wrapping_add(1);
        } else {
            *intercept = season.intercept(alpha, point, coefficient, trend);
            *slope = beta * (*intercept - *last_intercept) + (1.0 - beta) * *slope;
            *null_count = 1;
        }
        season.predict(trend, coefficient)
    }

    fn seasonal(
        &mut self,
        archive: usize,
        point: f64,
        next: f64,
        gamma: f64,
        parent: usize,
    ) -> f64 {
        let Some(parent) = self.parent(parent) else { return point };
        let Some(CdpState::Seasonal { coefficient, last_coefficient, .. }) =
            self.cdp(archive).map(|cdp| &mut cdp.state)
        else {
            return point;
        };
        let old = *coefficient;
        *last_coefficient = old;
        *coefficient = next;
        let Forecast { season, now, before, .. } = parent;
        if point.is_nan() {
            old
        } else if parent.index < archive {
            if before.intercept.is_nan() || before.slope.is_nan() {
                UNKNOWN
            } else if old.is_nan() {
                season.first_coefficient(point, before.intercept)
            } else {
                season.coefficient(gamma, point, now.intercept, old)
            }
        } else if now.intercept.is_nan() || now.slope.is_nan() {
            match season {
                Season::Additive => 0.0,
                Season::Multiplicative => 1.0,
            }
        } else if old.is_nan() {
            season.first_coefficient(point, now.intercept)
        } else {
            season.coefficient(gamma, point, season.intercept(parent.alpha, point, old, now), old)
        }
    }

    fn deviation(
        &mut self,
        archive: usize,
        point: f64,
        next: f64,
        gamma: f64,
        parent: usize,
    ) -> f64 {
        let Some(parent) = self.parent(parent) else { return point };
        let coefficient = self
            .coefficients(parent.seasonal)
            .map_or(UNKNOWN, |(now, before)| if parent.seasonal < archive { before } else { now });
        let Some(CdpState::Seasonal { coefficient: deviation, last_coefficient: old, .. }) =
            self.cdp(archive).map(|cdp| &mut cdp.state)
        else {
            return point;
        };
        *old = *deviation;
        *deviation = next;
        let trend = if parent.index < archive { parent.before } else { parent.now };
        if trend.intercept.is_nan() || trend.slope.is_nan() || coefficient.is_nan() {
            return UNKNOWN;
        }
        let forecast = parent.season.predict(trend, coefficient);
        if point.is_nan() {
            *old
        } else if old.is_nan() {
            (forecast - point).abs()
        } else {
            gamma * (forecast - point).abs() + (1.0 - gamma) * *old
        }
    }

    fn failure(
        &mut self,
        archive: usize,
        point: f64,
        (delta_positive, delta_negative): (f64, f64),
        deviations: usize,
        (window, threshold): (u64, u64),
    ) -> f64 {
        let parent = match self.archives.get(deviations).map(|definition| &definition.kind) {
            Some(ArchiveKind::DevSeasonal(season) | ArchiveKind::Seasonal(season)) => {
                self.parent(season.forecast)
            }
            _ => None,
        };
        let Some(parent) = parent else { return point };
        // Compared with the index of the SEASONAL archive although the value is that of the
        // DEVSEASONAL archive, as RRDtool does.
        let first = archive < parent.seasonal;
        let deviation = self
            .coefficients(deviations)
            .map_or(UNKNOWN, |(now, before)| if first { now } else { before });
        let violation = if deviation.is_nan() {
            false
        } else {
            let coefficient = self
                .coefficients(parent.seasonal)
                .map_or(UNKNOWN, |(now, before)| if first { now } else { before });
            let trend = if archive < parent.index { parent.now } else { parent.before };
            let forecast = parent.season.predict(trend, coefficient);
            point.is_nan()
                || point > forecast + delta_positive * deviation
                || point < forecast - delta_negative * deviation
        };
        let Some(CdpState::Failures { violations }) = self.cdp(archive).map(|cdp| &mut cdp.state)
        else {
            return point;
        };
        let window = usize::try_from(window).unwrap_or(usize::MAX).min(violations.len());
        let flags = &mut violations[..window];
        flags.rotate_right(1);
        if let Some(newest) = flags.first_mut() {
            *newest = u8::from(violation);
        }
        let failures: u64 = flags.iter().map(|flag| u64::from(*flag == 1)).sum();
        if failures < threshold { 0.0 } else { 1.0 }
    }

    /// The forecast archive at an index; `None` for any other archive.
    fn parent(&mut self, index: usize) -> Option<Forecast> {
        let ArchiveKind::Forecast { season, alpha, seasonal, .. } = self.archives.get(index)?.kind
        else {
            return None;
        };
        let CdpState::Forecast {
            intercept,
            last_intercept,
            slope,
            last_slope,
            null_count,
            last_null_count,
        } = self.cdp(index)?.state
        else {
            return None;
        };
        let now = Trend { intercept, slope, steps: null_count };
        let before = Trend { intercept: last_intercept, slope: last_slope, steps: last_null_count };
        Some(Forecast { index, season, alpha, seasonal, now, before })
    }

    /// The coefficients (or deviations) of this step and the previous one.
    fn coefficients(&mut self, archive: usize) -> Option<(f64, f64)> {
        match self.cdp(archive)?.state {
            CdpState::Seasonal { coefficient, last_coefficient, .. } => {
                Some((coefficient, last_coefficient))
            }
            _ => None,
        }
    }

    fn cdp(&mut self, archive: usize) -> Option<&mut CdpPrep> {
        let index = archive.checked_mul(self.sources)?.checked_add(self.source)?;
        self.cdps.get_mut(index)
    }
}

impl Season {
    fn predict(self, trend: Trend, coefficient: f64) -> f64 {
        match self {
            Self::Additive => trend.ahead() + coefficient,
            Self::Multiplicative => trend.ahead() * coefficient,
        }
    }

    fn intercept(self, alpha: f64, point: f64, coefficient: f64, trend: Trend) -> f64 {
        let level = match self {
            Self::Additive => point - coefficient,
            Self::Multiplicative if coefficient <= 0.0 => return UNKNOWN,
            Self::Multiplicative => point / coefficient,
        };
        alpha * level + (1.0 - alpha) * trend.ahead()
    }

    fn coefficient(self, gamma: f64, point: f64, intercept: f64, old: f64) -> f64 {
        let seen = match self {
            Self::Additive => point - intercept,
            Self::Multiplicative if intercept <= 0.0 => return UNKNOWN,
            Self::Multiplicative => point / intercept,
        };
        gamma * seen + (1.0 - gamma) * old
    }

    fn first_coefficient(self, point: f64, intercept: f64) -> f64 {
        match self {
            Self::Additive => point - intercept,
            Self::Multiplicative if intercept <= 0.0 => UNKNOWN,
            Self::Multiplicative => point / intercept,
        }
    }
}

impl Trend {
    fn ahead(self) -> f64 {
        self.intercept + self.slope * count_to_f64(self.steps)
    }
}
