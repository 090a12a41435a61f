//! JavaScript without what only people need: comments, and blanks between words and signs. It knows
//! texts and templates; of regular expressions it asks that they have neither quotes nor `//`.

/// What a character is a part of.
enum Part {
    /// Code, with the number of braces that are open in it.
    Code(usize),
    /// A text in these quotes; a template may have code in it.
    Text(char),
}

/// The same program in fewer bytes.
pub(super) fn minified(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut open = vec![Part::Code(0)];
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied();
        let is_inner = open.len() > 1;
        match (open.last_mut(), character) {
            (_, '\\') => {
                out.push('\\');
                out.extend(rest.next());
            }
            (Some(Part::Text('`')), '$') if next == Some('{') => {
                out.push('$');
                out.extend(rest.next());
                open.push(Part::Code(0));
            }
            (Some(Part::Text(quote)), _) => {
                out.push(character);
                if *quote == character {
                    open.pop();
                }
            }
            (_, '"' | '\'' | '`') => {
                out.push(character);
                open.push(Part::Text(character));
            }
            (_, '/') if next == Some('/') => {
                while rest.next_if(|character| *character != '\n').is_some() {}
            }
            (_, ' ' | '\n') => {
                let mut ends_line = character == '\n';
                while let Some(blank) = rest.next_if(|next| matches!(next, ' ' | '\n')) {
                    ends_line |= blank == '\n';
                }
                out.extend(blank_between(out.chars().next_back(), rest.peek().copied(), ends_line));
            }
            (Some(Part::Code(0)), '}') if is_inner => {
                out.push('}');
                open.pop();
            }
            (Some(Part::Code(braces)), _) => {
                match character {
                    '{' => *braces += 1,
                    '}' => *braces = braces.saturating_sub(1),
                    _ => {}
                }
                out.push(character);
            }
            (None, _) => out.push(character),
        }
    }
    out
}

/// What has to stay between two characters: the end of a line where it may end a statement, a space
/// where they would become one word or sign.
fn blank_between(before: Option<char>, after: Option<char>, ends_line: bool) -> Option<char> {
    let (before, after) = (before?, after?);
    if ends_line {
        let goes_on = "\n{;,([=&|?:<>".contains(before) || ".,;)]}=&|?:".contains(after);
        return (!goes_on).then_some('\n');
    }
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    let would_join = before == after && "+-/".contains(before);
    ((is_word(before) && is_word(after)) || would_join).then_some(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_needless_blanks_go() {
        for (source, expected) in [
            (
                "// Why.\nif (x) {\n  go(1); // Then.\n\n}\nelse return y;\n",
                "if(x){go(1);}\nelse return y;",
            ),
            ("const f = async ({ a, b }) => {\n  a\n};", "const f=async({a,b})=>{a};"),
            ("a = b\n  .map((c) => c + +d - -e)\n  ? f : g", "a=b.map((c)=>c+ +d- -e)?f:g"),
            ("a()\n[1]", "a()\n[1]"),
        ] {
            assert_eq!(minified(source), expected);
        }
    }

    #[test]
    fn texts_and_regular_expressions_stay_as_they_are() {
        for source in ["f(\"a  // b\",'c \\' d');", "x=/a b\\//;y", "`a  ${b}  c\n d`"] {
            assert_eq!(minified(source), source);
        }
        let nested = "`a { ${f({ b: `c  ${d + 1}` })} } e`";
        assert_eq!(minified(nested), "`a { ${f({b:`c  ${d+1}`})} } e`");
    }
}
