//! Web pages as `rrdcgi` makes them: the same as its own, and safe from their visitors.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::program::{RRD, have, program, run};

/// The examples of the manual page of `rrdcgi` 1.7.2.
const EXAMPLES: [&str; 3] = [
    r#"#!/usr/local/bin/rrdcgi
<HTML>
<HEAD><TITLE>RRDCGI Demo</TITLE></HEAD>
<BODY>
<H1>RRDCGI Example Page</H1>
<P>
<RRD::GRAPH demo.png --lazy --title="Temperatures"
         DEF:cel=demo.rrd:exhaust:AVERAGE
         LINE2:cel#00a000:"D. Celsius">

</P>
</BODY>
</HTML>
"#,
    r#"#!/usr/local/bin/rrdcgi
<HTML>
<HEAD><TITLE>RRDCGI Demo</TITLE></HEAD>
<BODY>
<H1>RRDCGI Example Page for <RRD::CV RRD_NAME></H1>
<H2>Selection</H2>
<FORM><INPUT NAME=RRD_NAME TYPE=RADIO VALUE=roomA> Room A,
      <INPUT NAME=RRD_NAME TYPE=RADIO VALUE=roomB> Room B.
      <INPUT TYPE=SUBMIT></FORM>
<H2>Graph</H2>
<P>
<RRD::GRAPH <RRD::CV::PATH RRD_NAME>.png --lazy
         --title "Temperatures for "<RRD::CV::QUOTE RRD_NAME>
         DEF:cel=<RRD::CV::PATH RRD_NAME>.rrd:exhaust:AVERAGE
         LINE2:cel#00a000:"D. Celsius">

</P>
</BODY>
</HTML>
"#,
    r"#!/.../bin/rrdcgi
<HTML>
<HEAD><TITLE>RRDCGI Demo</TITLE></HEAD>
<BODY>
<H1>RRDCGI test Page</H1>
<RRD::GRAPH
 ./web/pngs/testhvt.png
 --imginfo '<IMG SRC=/.../pngs/%s WIDTH=%lu HEIGHT=%lu >'
 --lazy --start -1d --end now
 DEF:http_src=./rrds/test.rrd:http_src:AVERAGE
 AREA:http_src#00ff00:http_src
>
</BODY>
</HTML>
",
];

const GRAPH: &str =
    "--start 1600000000 --end 1600000900 DEF:x=demo.rrd:exhaust:AVERAGE VDEF:v=x,LAST";

/// A folder with the files of the examples.
fn site() -> TempDir {
    let site = tempfile::tempdir().unwrap();
    for folder in ["web", "web/pngs", "rrds", "sub"] {
        fs::create_dir(site.path().join(folder)).unwrap();
    }
    for (file, source) in
        [("demo.rrd", "exhaust"), ("roomA.rrd", "exhaust"), ("rrds/test.rrd", "http_src")]
    {
        let line = format!(
            "create {file} --start 1600000000 --step 300 DS:{source}:GAUGE:600:U:U RRA:AVERAGE:0.5:1:600"
        );
        let create = run(program(RRD, site.path()).args(line.split(' ')));
        assert!(create.status.success(), "{create:?}");
        let line = format!("update {file} 1600000300:10 1600000600:20 1600000900:30");
        let update = run(program(RRD, site.path()).args(line.split(' ')));
        assert!(update.status.success(), "{update:?}");
    }
    fs::write(site.path().join("sub/menu"), "menu <RRD::INTERNAL VERSION> <RRD::SETVAR q 1>end")
        .unwrap();
    site
}

/// Our program under the name of `rrdcgi`.
fn ours(folder: &Path) -> Command {
    let mut command = program(RRD, folder);
    command.arg0("rrdcgi");
    command
}

/// What a program answers to a request for this page.
fn get(mut command: Command, folder: &Path, page: &str, query: &str) -> String {
    fs::write(folder.join("page.cgi"), page).unwrap();
    command.env("REQUEST_METHOD", "GET").env("QUERY_STRING", query).arg("page.cgi");
    String::from_utf8_lossy(&run(&mut command).stdout).into_owned()
}

/// The body of our answer to a request for a page with this text.
fn filled(site: &TempDir, text: &str, query: &str) -> String {
    let answer = get(ours(site.path()), site.path(), &format!("#!rrdcgi\n{text}"), query);
    let (head, body) = answer.split_once("\n\n").expect("a head");
    assert!(head.starts_with("Content-Type: text/html\nContent-Length: "), "{head}");
    body.to_owned()
}

#[test]
fn the_pages_of_the_manual_are_the_same_to_the_byte() {
    if !have(&["rrdcgi"]) {
        return;
    }
    for page in EXAMPLES {
        // Pictures that the other program left would be taken as recent.
        let [own, theirs] = [site(), site()];
        let query = "RRD_NAME=roomA";
        let answer = get(ours(own.path()), own.path(), page, query);
        let expected = get(program("rrdcgi", theirs.path()), theirs.path(), page, query);
        assert_eq!(answer, expected, "{page}");
        assert!(answer.contains("<IMG SRC="), "{answer}");
    }
}

#[test]
fn every_tag_has_the_value_that_rrdcgi_gives_it() {
    if !have(&["rrdcgi"]) {
        return;
    }
    let query = "a=1&b=x%20y&c=%3Cb%3E&d=/etc/passwd&e=../x&f=a/../b&g=&h&i=1&i=2&j=a+b&k=%22q%27&l=a..b&n=-5&p=....//x";
    let mut texts: Vec<String> = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "n", "p", "z", ""] {
        for tag in ["CV", "CV::QUOTE", "CV::PATH"] {
            texts.push(format!("<RRD::{tag} {name}>"));
            texts.push(format!("<RRD::SETVAR v \"[<RRD::{tag} {name}>]\">+<RRD::GETVAR v>"));
        }
    }
    for text in [
        "plain < text > <b>",
        "<RRD::NOPE a>",
        "<RRD::CV>",
        "<rrd::cv a>",
        "<RRD::CV a b>",
        "<RRD::CV\ta>",
        "<RRD::GETENV HOME>",
        "<RRD::GETENV\nHOME\n>",
        "<RRD::GETENV 'HO'\"ME\">",
        "<RRD::GETENV NO_SUCH_VARIABLE>",
        "<RRD::GETENV HOME more>",
        "<RRD::SETENV w 1>+<RRD::SETENV w 2>+<RRD::GETENV w>",
        "<RRD::SETENV w>",
        "<RRD::SETVAR a>+<RRD::GETVAR a>",
        "<RRD::SETVAR a \"x>y\">+<RRD::GETVAR a>",
        "<RRD::SETVAR a x<y>z>+<RRD::GETVAR a>",
        "<RRD::SETVAR a x\\ny>+<RRD::GETVAR a>",
        "<RRD::SETVAR a \"x\ny\">+<RRD::GETVAR a>",
        "<RRD::SETVAR a b c>+<RRD::GETVAR a>",
        "<RRD::SETVAR a HOME>+<RRD::GETENV <RRD::GETVAR a>>",
        "<RRD::SETVAR a HOME>+<RRD::SETVAR b <RRD::GETVAR a>>+<RRD::GETVAR b>",
        "<RRD::SETVAR q <RRD::SETVAR z 9>>+<RRD::GETVAR q>+<RRD::GETVAR z>",
        "<RRD::INTERNAL nope>",
        "<RRD::INTERNAL VERSION X>",
        "<RRD::TIME::LAST demo.rrd \"%Y-%m-%d %H:%M:%S\">",
        "<RRD::TIME::LAST none.rrd %Y>",
        "<RRD::TIME::NOW %Y>",
        "<RRD::TIME::NOW %Y %m>",
        "<RRD::TIME::STRFTIME START 1600000000 now \"%H %Z %c|%x|%X|%s|%%|%e|%j|%U|%V|%p|%A|%B|%Q\">",
        "<RRD::TIME::STRFTIME END 1600000000 start+1h %H:%M>",
        "<RRD::TIME::STRFTIME start end-1h 1600003600 %H:%M>",
        "<RRD::TIME::STRFTIME START bogus now %H>",
        "<RRD::TIME::STRFTIME START 100 99 %Y>",
        "<RRD::TIME::STRFTIME X 1 2 %Y>",
        "<RRD::TIME::STRFTIME START 1600000000 now>",
        "<RRD::SETENV TZ Asia/Tokyo>+<RRD::TIME::STRFTIME START 1600000000 now \"%H %Z\">",
        "<RRD::SETENV TZ EST5>+<RRD::TIME::STRFTIME START 1600000000 now \"%H %Z\">",
        "<RRD::PRINT 0>",
        "<RRD::PRINT 0 1>",
        "<RRD::GOODFOR x>",
        "<RRD::GOODFOR 5 6>",
        "<RRD::GRAPH a.png --bogus>",
        "<RRD::GRAPH a.png>",
        "<RRD::GRAPH a.png DEF:x=none.rrd:a:AVERAGE>",
        "<RRD::GRAPH sub/a.png DEF:x=demo.rrd:exhaust:AVERAGE LINE1:x#f00>",
        "<RRD::GRAPH sub/a.png --imginfo \"%d\" DEF:x=demo.rrd:exhaust:AVERAGE LINE1:x#f00>",
    ] {
        texts.push(text.to_owned());
    }
    for (options, print) in [
        ("", "a%5.1lf> <RRD::PRINT 0> <RRD::PRINT 1"),
        ("", "\"[<RRD::CV b>]\"%5.1lf> <RRD::PRINT 0"),
        ("", "[<RRD::CV::QUOTE k>]%5.1lf> <RRD::PRINT 0"),
        ("", "a\"b'c'd\"%5.1lf> <RRD::PRINT 0"),
        ("", "\"<RRD::TIME::STRFTIME START 1600000000 now %Y\\:%m>\"%5.1lf> <RRD::PRINT 0"),
        ("--title <RRD::CV n>", "a%5.1lf> <RRD::PRINT 0"),
        ("", "a%1.0lf> <RRD::GRAPH a.png --bogus> <RRD::PRINT 0"),
    ] {
        texts.push(format!("<RRD::GRAPH sub/a.png {options} {GRAPH} PRINT:v:{print}>"));
    }
    for text in ["<RRD::SETVAR q 0>+<RRD::INCLUDE sub/menu>+<RRD::GETVAR q>", "<RRD::GOODFOR 0>"] {
        texts.push(text.replace("<RRD::INTERNAL VERSION>", ""));
    }
    let site = site();
    fs::write(site.path().join("sub/menu"), "menu <RRD::GETENV HOME> <RRD::SETVAR q 1>end")
        .unwrap();
    // A tag at the very beginning, or right after one without a value, is not seen by RRDtool.
    for text in texts {
        let page = format!("#!rrdcgi\n|{text}|");
        let answer = get(ours(site.path()), site.path(), &page, query);
        let expected = get(program("rrdcgi", site.path()), site.path(), &page, query);
        assert_eq!(answer, expected, "{text}");
    }
}

#[test]
fn a_filter_prints_the_page_alone_and_leaves_the_tags_of_a_request() {
    if !have(&["rrdcgi"]) {
        return;
    }
    let site = site();
    let text = "<RRD::CV a> <RRD::GETENV HOME> <RRD::SETVAR a x<RRD::CV a>y<RRD::GETENV TZ>> <RRD::GETVAR a>";
    fs::write(site.path().join("page.cgi"), format!("#!rrdcgi\n|{text}|")).unwrap();
    for arguments in [["--filter", "page.cgi"], ["page.cgi", "-f"]] {
        let answer = run(ours(site.path()).args(arguments)).stdout;
        let expected = run(program("rrdcgi", site.path()).args(arguments)).stdout;
        assert_eq!(String::from_utf8_lossy(&answer), String::from_utf8_lossy(&expected));
        assert_eq!(String::from_utf8_lossy(&answer), "|<RRD::CV a> <RRD::GETENV HOME>  xyUTC|");
    }
}

#[test]
fn a_form_comes_from_the_address_the_body_or_a_terminal() {
    let site = site();
    fs::write(site.path().join("page.cgi"), "#!rrdcgi\n[<RRD::CV a>][<RRD::CV b>]").unwrap();
    let answer = |method: Option<&str>, length: &str, body: &str| {
        let mut command = ours(site.path());
        if let Some(method) = method {
            command.env("REQUEST_METHOD", method);
        }
        command.env("QUERY_STRING", "a=query").env("CONTENT_LENGTH", length).arg("page.cgi");
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        // It may end before it reads all.
        drop(child.stdin.take().expect("a pipe").write_all(body.as_bytes()));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let page =
        |body: &str| format!("Content-Type: text/html\nContent-Length: {}\n\n{body}", body.len());
    assert_eq!(answer(Some("GET"), "", "a=body"), page("[query][]"));
    assert_eq!(answer(Some("POST"), "10", "a=1&b=%20xyz"), page("[1][ x]"));
    assert_eq!(answer(Some("POST"), "x", "a=1"), page("[][]"));
    assert_eq!(answer(Some("HEAD"), "", ""), "Content-Type: text/html\nContent-Length: 9\n\n");
    assert_eq!(
        answer(Some("POST"), "1000000000000", "a=1"),
        "Status: 413 Content Too Large\nContent-Type: text/plain\n\nThe values of the form are longer than 1048576 bytes.\n"
    );
    assert_eq!(
        answer(None, "", "a=1\nb=2 3\n"),
        format!("(offline mode: enter name=value pairs on standard input)\n{}", page("[1][2 3]"))
    );
}

#[test]
fn what_a_visitor_sends_is_text_and_never_a_tag_an_option_or_another_argument() {
    let site = site();
    let query = "tag=<RRD::GETENV%20HOME>&title=--title%20x&dash=-h&end=--&words=a%20b&daemon=demo.rrd:daemon=127.0.0.1&e=%3Ci%3E";
    let text = |text: &str| filled(&site, text, query);
    assert_eq!(text("<RRD::CV tag>"), "_RRD::GETENV HOME_");
    assert_eq!(text("<RRD::GETENV QUERY_STRING>").matches(['<', '>']).count(), 0);
    let graph = |words: &str| text(&format!("<RRD::GRAPH sub/a.png {words} {GRAPH} PRINT:v:%lf>"));
    for (name, value) in [("title", "--title x"), ("dash", "-h"), ("end", "--")] {
        let refused =
            format!("[ERROR: the visitor's value '{value}' would be an option of RRD::GRAPH]");
        assert_eq!(graph(&format!("<RRD::CV {name}>")), refused);
        assert_eq!(graph(&format!("<RRD::CV::PATH {name}>")), refused);
        // Also through a variable.
        assert_eq!(
            text(&format!(
                "<RRD::SETVAR v <RRD::CV {name}>><RRD::GRAPH a.png <RRD::GETVAR v> {GRAPH}>"
            )),
            refused
        );
        // As the value of an option it is a text like others.
        let image = "<IMG SRC=\"./a.png\" WIDTH=\"0\" HEIGHT=\"0\">";
        assert_eq!(graph(&format!("--title <RRD::CV {name}>")), image);
    }
    let printed = format!("<RRD::GRAPH a.png {GRAPH} PRINT:v:<RRD::CV words>%lf>+<RRD::PRINT 0>");
    assert!(text(&printed).ends_with("+a b26.666667"), "{}", text(&printed));
    // Another field of a definition would let the program connect to any machine.
    let daemon = "<RRD::GRAPH a.png DEF:x=<RRD::CV daemon>:exhaust:AVERAGE LINE1:x#f00>";
    assert_eq!(
        text(daemon),
        "[ERROR opening 'demo.rrd:daemon=127.0.0.1': No such file or directory]"
    );
    // The server appends the words of an address to the command line.
    fs::write(site.path().join("page.cgi"), "#!rrdcgi\n<RRD::CV a>").unwrap();
    let mut command = ours(site.path());
    command.env("REQUEST_METHOD", "GET").args(["page.cgi", "--filter"]);
    let answer = String::from_utf8(run(&mut command).stdout).unwrap();
    assert_eq!(answer, "Content-Type: text/html\nContent-Length: 0\n\n");
}

#[test]
fn only_files_below_the_folder_of_the_page_are_included() {
    let site = site();
    let web = site.path().join("web");
    fs::write(site.path().join("secret"), "secret").unwrap();
    fs::write(web.join("menu"), "menu").unwrap();
    symlink("../secret", web.join("out")).unwrap();
    symlink("menu", web.join("within")).unwrap();
    let folder = web.canonicalize().unwrap().display().to_string();
    let answer = |name: &str| {
        let page = format!("#!rrdcgi\n<RRD::INCLUDE {name}>");
        let answer = get(ours(&web), &web, &page, "up=../secret");
        answer.split_once("\n\n").expect("a head").1.to_owned()
    };
    let absolute = format!("{folder}/menu");
    for name in ["menu", "./menu", "within", &absolute] {
        assert_eq!(answer(name), "menu", "{name}");
    }
    let above = site.path().join("secret").display().to_string();
    for name in ["../secret", "out", "/etc/passwd", &above] {
        let refused = format!(
            "[ERROR: including '{name}': only files in the page's folder '{folder}' are included]"
        );
        assert_eq!(answer(name), refused);
    }
    assert_eq!(
        answer("<RRD::CV::PATH up>"),
        "[ERROR: including '__/secret': No such file or directory]"
    );
    assert_eq!(answer("none"), "[ERROR: including 'none': No such file or directory]");
    assert_eq!(answer("."), "[ERROR: including '.': not a regular file]");
    assert_eq!(answer("a b"), "[ERROR: RRD::INCLUDE expected 1 argument, the name of a file]");
}

#[test]
fn a_page_sets_no_variable_that_decides_which_programs_run() {
    let site = site();
    for name in ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "a=b"] {
        let page = format!("<RRD::SETENV {name} x>+<RRD::GETENV PATH>");
        let path = std::env::var("PATH").unwrap_or_default();
        assert_eq!(
            filled(&site, &page, ""),
            format!(
                "[ERROR: RRD::SETENV sets no variable '{name}': a page may set any but PATH and LD_*, for example TZ]+{path}"
            )
        );
    }
}

#[test]
fn pages_without_measure_end_in_time() {
    let site = site();
    let included = "<RRD::INCLUDE again><RRD::INCLUDE again>";
    fs::write(site.path().join("again"), included).unwrap();
    let answer = filled(&site, included, "");
    assert!(answer.len() < 1 << 20 && answer.contains("more than 256 files"), "{answer}");
    let doubled = "<RRD::SETVAR a \"<RRD::GETVAR a><RRD::GETVAR a>\">".repeat(100);
    let answer = filled(&site, &format!("<RRD::SETVAR a {}>{doubled}", "x".repeat(1000)), "");
    assert!(answer.contains("[ERROR: an argument is longer than 1048576 bytes]"), "{answer}");
    let answer = get(ours(site.path()), site.path(), &"<RRD::CV \"".repeat(120_000), "");
    assert_eq!(answer, "");
    fs::write(site.path().join("page.cgi"), "#!rrdcgi").unwrap();
    for (page, error) in [
        ("none.cgi", "ERROR: opening 'none.cgi': No such file or directory\n"),
        (".", "ERROR: reading '.': Is a directory\n"),
    ] {
        let output = run(ours(site.path()).env("REQUEST_METHOD", "GET").arg(page));
        assert_eq!(String::from_utf8_lossy(&output.stderr), error);
        assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]));
    }
}

#[test]
fn remote_mode_serves_no_pages() {
    let site = site();
    let mut child = program(RRD, site.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"cgi page.cgi\nlast demo.rrd\n").unwrap();
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(
        output.starts_with(
            "ERROR: cgi is not for remote mode: both read standard input\n1600000900\nOK "
        ),
        "{output}"
    );
}
