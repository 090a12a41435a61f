//! Errors of dumps.

use rrd_core::{DumpError, RestoreError, XmlFault};

use super::database::head;
use super::parts::{Reason, about};
use crate::system;

pub(super) fn dump(error: &DumpError, reason: Reason) -> Option<String> {
    Some(match error {
        DumpError::Read(error) => reason(error),
        DumpError::Write(error) => {
            format!("error writing output file: {}", system::reason(error))
        }
        _ => return None,
    })
}

pub(super) fn restore(error: &RestoreError, reason: Reason) -> Option<String> {
    Some(match error {
        RestoreError::Xml { line, fault } => {
            let fault = match fault {
                XmlFault::NoElement => "Document is empty".to_owned(),
                XmlFault::TextAfterEnd => "Extra content at the end of the document".to_owned(),
                XmlFault::Read(error) => system::reason(error),
                XmlFault::Syntax(error) => error.to_string(),
                fault => fault.to_string(),
            };
            format!("error reading/parsing XML: {fault} (line {line})")
        }
        RestoreError::TextForElement { line, text } => {
            format!("line {line}: expected element but found text '{text}'")
        }
        // The names are the wrong way round there, too.
        RestoreError::WrongElement { line, found, expected } => {
            format!("line {line}: expected <{found}> element but found <{expected}>")
        }
        RestoreError::ElementForValue { line, found } => {
            format!("line {line}: expected a value but found a <{found}> element")
        }
        RestoreError::UnknownElement { line, place, tag } => {
            // The line is there for elements of an archive only.
            let of_archive = place.starts_with("rra") && !place.ends_with("cdp_prep");
            let line = if of_archive { format!("line {line}: ") } else { String::new() };
            format!("{line}parse_tag_{place}: Unknown tag: {tag}")
        }
        RestoreError::SourceAfterArchive => {
            "parse_tag_ds: All data source definitions MUST precede the RRA definitions!".to_owned()
        }
        RestoreError::Whole { line, reader, text } => {
            format!("ling {line}: {reader} from '{text}' Numerical result out of range")
        }
        RestoreError::NotANumber { line, text } => {
            format!("ling {line}: get_xml_double from '{text}' Numerical result out of range")
        }
        RestoreError::TrailingText { line, text } => {
            format!("ling {line}: get_xml_double from '{text}' Success")
        }
        RestoreError::SourceType { name } => {
            format!("parse_tag_ds_type: Unknown data source type: {name}")
        }
        RestoreError::Function { name } => {
            format!("parse_tag_rra_cf: Unknown consolidation function: {name}")
        }
        RestoreError::Expression(error) => reason(error),
        RestoreError::Version { version } => format!("can't handle RRD file version {version}"),
        RestoreError::Impossible { fault } => head(fault, "the dump"),
        RestoreError::Create { path, source } => about("creating", path, source),
        RestoreError::File(error) => reason(error),
        RestoreError::Schema(error) => reason(error),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rrd_core::Restore;

    use super::super::reason;

    const DUMP: &str = "<rrd><version>0003</version><step>10</step><lastupdate>1000000035</lastupdate>
<ds><name>a</name><type>GAUGE</type><minimal_heartbeat>20</minimal_heartbeat><min>0</min><max>100</max>
<last_ds>7</last_ds><value>35</value><unknown_sec>0</unknown_sec></ds>
<rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><params><xff>0.5</xff></params>
<cdp_prep><ds><primary_value>7</primary_value><value>NaN</value></ds></cdp_prep>
<database><row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row></database></rra></rrd>";

    #[test]
    fn dumps_are_refused_in_the_words_of_rrdtool() {
        let folder = tempfile::tempdir().unwrap();
        for (old, new, message) in [
            ("<rrd>", "<foo>", "line 1: expected <foo> element but found <rrd>"),
            ("0003", "00012345", "'00012345' is longer than 5"),
            ("0003", "0009", "can't handle RRD file version 0009"),
            ("0003", "0001", "line 4: parse_tag_rra: Unknown tag: params"),
            ("<step>10</step>", "", "the dump has no <step> above 0"),
            (
                "<step>10<",
                "<step>99999999999999999999<",
                "ling 1: get_xml_ulong from '99999999999999999999' Numerical result out of range",
            ),
            ("<step>", "<steps>1</steps><step>", "parse_tag_rrd: Unknown tag: steps"),
            ("<ds><name>", "here<ds><name>", "line 2: expected element but found text '\nhere'"),
            (
                "<name>a<",
                "<name>a_very_long_name_of_ds<",
                "'a_very_long_name_of_ds' is longer than 20",
            ),
            (
                "<name>a<",
                "<name>a.b<",
                "the data source name 'a.b' must be 1 to 19 of the characters A-Z a-z 0-9 _ -",
            ),
            ("GAUGE", "gauge", "parse_tag_ds_type: Unknown data source type: gauge"),
            ("<type>", "<kind/><type>", "parse_tag_ds: Unknown tag: kind"),
            (
                "<type>GAUGE",
                "<type>COMPUTE",
                "data source 'a' is of type COMPUTE but has no <cdef>",
            ),
            ("<min>0", "<min>1,5", "ling 2: get_xml_double from '1,5' Success"),
            ("<min>0", "<min>U", "ling 2: get_xml_double from 'U' Numerical result out of range"),
            (
                "<last_ds>7",
                "<last_ds>012345678901234567890123456789",
                "'012345678901234567890123456789' is longer than 30",
            ),
            ("AVERAGE", "MEAN", "parse_tag_rra_cf: Unknown consolidation function: MEAN"),
            ("row>1<", "row>0<", "a row of archive 0 must have at least one primary data point"),
            ("<xff>0.5</xff>", "<foo>0.5</foo>", "line 4: expected element but found text '0.5'"),
            ("<value>N", "<sum>1</sum><value>N", "parse_tag_rra_cdp_prep: Unknown tag: sum"),
            (
                "</ds></cdp",
                "</ds><ds></ds></cdp",
                "line 5: expected <ds> element but found </cdp_prep>",
            ),
            ("<v>4.8</v>", "", "line 6: expected </row> element but found <v>"),
            ("<v>4.8<", "<v>4.8</v><v>5<", "line 6: expected <v> element but found </row>"),
            ("4.8", "<b>4.8</b>", "line 6: expected a value but found a <b> element"),
            ("4.8", "4.8&other;", "error reading/parsing XML: unknown entity &other; (line 6)"),
            (
                "<row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row>",
                "",
                "archive 0 must have at least one row",
            ),
            (
                "</rra></rrd>",
                "</rra><ds></ds></rrd>",
                "parse_tag_ds: All data source definitions MUST precede the RRA definitions!",
            ),
            (
                "</rra></rrd>",
                "</rra>",
                "error reading/parsing XML: the document ends before </rrd> (line 6)",
            ),
            ("<rrd>", "words", "error reading/parsing XML: Document is empty (line 1)"),
        ] {
            let dump = DUMP.replacen(old, new, 1);
            let path = folder.path().join("restored.rrd");
            let error = Restore::new().read(dump.as_bytes(), &path).unwrap_err();
            assert_eq!(reason(&error), message);
        }
    }
}
