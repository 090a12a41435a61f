//! The layouts of `/proc/net/snmp`, `netstat`, `snmp6` and `sockstat`.

/// A value from the tables of `table_values`.
pub(super) fn table_value(text: &str, group: &str, name: &str) -> Option<u64> {
    let [value] = table_values(text, group, &[name]);
    value
}

/// Values from the tables with a line of names followed by a line of numbers. The columns differ
/// between kernels.
pub(super) fn table_values<const N: usize>(
    text: &str,
    group: &str,
    wanted: &[&str; N],
) -> [Option<u64>; N] {
    let mut values = [None; N];
    let mut lines = text.lines().filter_map(|line| {
        let (title, rest) = line.split_once(':')?;
        (title == group).then_some(rest.split_ascii_whitespace())
    });
    if let (Some(names), Some(numbers)) = (lines.next(), lines.next()) {
        for (name, number) in names.zip(numbers) {
            let position = wanted.iter().position(|wanted| *wanted == name);
            if let Some(value) = position.and_then(|position| values.get_mut(position)) {
                *value = number.parse().ok();
            }
        }
    }
    values
}

/// Values from lines `GROUPNAME VALUE`.
fn line_values<const N: usize>(text: &str, group: &str, wanted: &[&str; N]) -> [Option<u64>; N] {
    let mut values = [None; N];
    for line in text.lines().filter_map(|line| line.strip_prefix(group)) {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(number)) = (words.next(), words.next()) else { continue };
        let position = wanted.iter().position(|wanted| *wanted == name);
        if let Some(value) = position.and_then(|position| values.get_mut(position)) {
            *value = number.parse().ok();
        }
    }
    values
}

/// Values of both versions of IP together, from `/proc/net/snmp` and `snmp6`, whose groups have
/// different names. Without IPv6 they are those of the first file.
pub(super) fn both_versions<const N: usize>(
    four: &str,
    six: &str,
    groups: [&str; 2],
    wanted: &[&str; N],
) -> [Option<u64>; N] {
    let mut values = table_values(four, groups[0], wanted);
    for (four, six) in values.iter_mut().zip(line_values(six, groups[1], wanted)) {
        *four = four.map(|four| four.saturating_add(six.unwrap_or(0)));
    }
    values
}

/// A value from lines `GROUP: name value name value`.
pub(super) fn pair_value(text: &str, group: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (title, rest) = line.split_once(':')?;
        let mut words = rest.split_ascii_whitespace().skip_while(|word| *word != name).skip(1);
        (title == group).then(|| words.next()?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNMP: &str = "Ip: Forwarding InReceives\nIp: 1 99\nTcp: ActiveOpens CurrEstab InSegs\nTcp: 5 2 1000\n\
                        Udp: InDatagrams NoPorts\nUdp: 7 1\n";

    #[test]
    fn values_are_found_by_name_wherever_their_column_is() {
        assert_eq!(table_value(SNMP, "Tcp", "CurrEstab"), Some(2));
        assert_eq!(table_value(SNMP, "Tcp", "InSegs"), Some(1000));
        assert_eq!(table_value(SNMP, "Tcp", "RetransSegs"), None);
        assert_eq!(table_value(SNMP, "UdpLite", "NoPorts"), None);
        assert_eq!(
            table_values(SNMP, "Udp", &["NoPorts", "InDatagrams", "InErrors"]),
            [Some(1), Some(7), None]
        );
        let six = "Udp6NoPorts x\nUdp6InDatagrams \t 12\nUdpLite6InDatagrams 5\n";
        assert_eq!(line_values(six, "Udp6", &["InDatagrams", "NoPorts"]), [Some(12), None]);
    }
}
