//! Rows of counters with a column for each CPU: `NAME: COUNT COUNT ... DESCRIPTION`, as in
//! `/proc/interrupts` and `/proc/softirqs`.

/// The counters have 32 bits for each CPU. A sum that is cut to 32 bits grows as one counter of 32
/// bits does, whichever of them begin again.
const WORD: u64 = 0xffff_ffff;

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    /// What is before the colon.
    pub(super) name: &'a str,
    /// The sum over all CPUs, as a counter of 32 bits.
    pub(super) sum: u64,
    /// What follows the counters, with its spaces.
    pub(super) description: &'a str,
}

/// The number of CPUs in a first line: `CPU0 CPU1 ...`.
pub(super) fn cpus(line: &str) -> usize {
    line.split_ascii_whitespace().filter(|word| word.starts_with("CPU")).count()
}

impl<'a> Row<'a> {
    /// The row of a line; `None` if it has no counter.
    pub(super) fn parse(line: &'a str, cpus: usize) -> Option<Self> {
        let (name, mut rest) = line.split_once(':')?;
        let mut sum: Option<u64> = None;
        for _ in 0..cpus {
            let text = rest.trim_start();
            let (word, after) = text.split_at(text.find(' ').unwrap_or(text.len()));
            let Ok(count) = word.trim_end().parse::<u64>() else { break };
            sum = Some(sum.unwrap_or(0).wrapping_add(count) & WORD);
            rest = after;
        }
        let description = rest.trim_end_matches('\n');
        Some(Self { name: name.trim(), sum: sum?, description })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_name_a_sum_over_cpus_and_a_description() {
        assert_eq!(cpus("           CPU0       CPU2       \n"), 2);
        let row = |line| Row::parse(line, 2).map(|row| (row.name, row.sum, row.description));
        let serial = " 26:          3         14  IO-APIC   4-edge      ttyS0\n";
        assert_eq!(row(serial), Some(("26", 17, "  IO-APIC   4-edge      ttyS0")));
        assert_eq!(row("ERR:          7\n"), Some(("ERR", 7, "")));
        assert_eq!(row("  BLOCK:  5  8\n"), Some(("BLOCK", 13, "")));
        for line in ["", "26", "26:", "26: x", "      CPU0  CPU1\n", "26: -1 3"] {
            assert_eq!(row(line), None, "{line}");
        }
    }

    #[test]
    fn a_sum_goes_on_when_the_counter_of_one_cpu_begins_again() {
        let sum = |line| Row::parse(line, 2).unwrap().sum;
        assert_eq!(sum("LOC: 4294967290 100 Local timer interrupts"), 94);
        assert_eq!(sum("LOC: 4 100 Local timer interrupts"), 104);
        assert_eq!(sum("LOC: 18446744073709551615 1 Local timer interrupts"), 0);
    }
}
