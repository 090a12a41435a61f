//! What a server of NUT says of one UPS, as lines `VAR ups name "value"`.
//!
//! Sources: RFC 9271, sections 4.2 and 5; the answers of upsd 2.8.0.

use std::collections::BTreeMap;

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::at_most;

/// An uninterruptible power supply.
pub static UPS: Kind = Kind::new("ups", "UPS", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("on_battery", Unit::Share, "1 if it runs on its battery, except for a calibration"),
    Metric::new(
        "low_battery",
        Unit::Share,
        "1 if it runs on a battery that is nearly empty, or wants its hosts to shut down",
    ),
    Metric::new("replace_battery", Unit::Share, "1 if its battery is to be replaced"),
    Metric::new("charge", Unit::Share, "charge of the battery"),
    Metric::new("runtime", Unit::Seconds, "how long the battery would last at the present load"),
    Metric::new("load", Unit::Share, "load, of the greatest possible one"),
    Metric::new("power", Unit::Watts, "power that is drawn"),
    Metric::new("input_voltage", Unit::Volts, "voltage of the mains"),
    Metric::new("output_voltage", Unit::Volts, "voltage that it gives"),
    Metric::new("battery_voltage", Unit::Volts, "voltage of the battery"),
];

/// The most variables of a UPS.
const MOST: usize = 1000;
/// More than any UPS has in percent, seconds, watts or volts.
const LIMIT: f64 = 1e8;

/// The variables of a UPS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Reads lines about the UPS of this name; others are passed over.
    pub(super) fn parse(ups: &str, text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let [kind, of, name, value] = <[String; 4]>::try_from(words(line)?).ok()?;
            (kind == "VAR" && of == ups).then_some((name, value))
        });
        Self(lines.take(MOST).collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> f64 {
        let number = self.text(name).and_then(|text| text.trim().parse::<f64>().ok());
        at_most(LIMIT, number.filter(|number| *number >= 0.0))
    }
}

/// The values of the metrics.
pub(super) fn values(variables: &Variables) -> [f64; METRICS.len()] {
    let status = variables.text("ups.status").map(|status| {
        let has = |flag: &str| status.split_ascii_whitespace().any(|word| word == flag);
        let on_battery = has("OB") && !has("CAL");
        let is_low = (on_battery && has("LB")) || has("FSD");
        [on_battery, is_low, has("RB")].map(|flag| f64::from(u8::from(flag)))
    });
    let [on_battery, low_battery, replace_battery] = status.unwrap_or([f64::NAN; 3]);
    let number = |name| variables.number(name);
    [
        on_battery,
        low_battery,
        replace_battery,
        number("battery.charge") / 100.0,
        number("battery.runtime"),
        number("ups.load") / 100.0,
        number("ups.realpower"),
        number("input.voltage"),
        number("output.voltage"),
        number("battery.voltage"),
    ]
}

/// The words of a line, of which those in quotes may hold blanks, and `\"` and `\\` for quotes and
/// backslashes. `None` if quotes do not end.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if(char::is_ascii_whitespace).is_some() {}
        let Some(first) = letters.next() else { return Some(words) };
        let mut word = String::new();
        if first == '"' {
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => word.push(letters.next()?),
                    letter => word.push(letter),
                }
            }
        } else {
            word.push(first);
            while let Some(letter) = letters.next_if(|letter| !letter.is_ascii_whitespace()) {
                word.push(letter);
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> impl Fn(&str) -> f64 + use<> {
        let values = values(&Variables::parse("apc", text));
        move |metric| values[UPS.position(metric).unwrap()]
    }

    fn status(status: &str) -> [f64; 3] {
        let value = of(&format!("VAR apc ups.status \"{status}\"\n"));
        [value("on_battery"), value("low_battery"), value("replace_battery")]
    }

    #[test]
    fn shares_are_of_one_and_what_is_missing_is_unknown() {
        let value = of("VAR apc battery.charge \"85\"\nVAR apc battery.runtime \"1234\"\n\
            VAR apc battery.voltage \"27.3\"\nVAR apc ups.load \"23.5\"\nVAR other ups.load \"1\"\n\
            VAR apc input.voltage \"229.8\"\nVAR apc output.voltage \"230.1\"\n");
        assert_eq!((value("charge"), value("runtime"), value("load")), (0.85, 1234.0, 0.235));
        assert_eq!((value("input_voltage"), value("output_voltage")), (229.8, 230.1));
        assert_eq!(value("battery_voltage"), 27.3);
        assert!(value("power").is_nan() && value("on_battery").is_nan());
    }

    #[test]
    fn the_words_of_the_status_are_states() {
        assert_eq!(status("OL CHRG"), [0.0, 0.0, 0.0]);
        assert_eq!(status("OB DISCHRG"), [1.0, 0.0, 0.0]);
        assert_eq!(status("OB LB RB"), [1.0, 1.0, 1.0]);
        // Charged again after an outage, calibrated, and about to shut down its hosts.
        assert_eq!(status("OL CHRG LB"), [0.0, 0.0, 0.0]);
        assert_eq!(status("OB CAL LB"), [0.0, 0.0, 0.0]);
        assert_eq!(status("FSD OL"), [0.0, 1.0, 0.0]);
        assert_eq!(status(""), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn numbers_that_cannot_be_are_unknown() {
        for wrong in ["-1", "1e9", "inf", "NaN", "", "85 %"] {
            let value = of(&format!("VAR apc battery.charge \"{wrong}\"\n"));
            assert!(value("charge").is_nan(), "{wrong}");
        }
    }

    #[test]
    fn quotes_hold_blanks_and_other_quotes() {
        let line = r#"VAR apc  device.model "Smart \"UPS\" \\ 3 "#;
        assert_eq!(words(line), None);
        assert_eq!(words(&format!("{line}\"")).unwrap()[3], r#"Smart "UPS" \ 3 "#);
        assert_eq!(words("").unwrap(), Vec::<String>::new());
        assert_eq!(words("\"a\"b").unwrap(), ["a", "b"]);
    }
}
