//! Command lines like those of common front ends: Cacti, Munin, LibreNMS, SmokePing, collectd's web
//! pages. Each is parsed, evaluated and drawn.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::run;
use crate::vectors::Vectors;

/// The name of a graph, and the words after `rrdtool graph FILE` as a shell would read them. `D`
/// and `H` are databases.
#[expect(clippy::needless_raw_string_hashes, reason = "all lines are written alike")]
const GRAPHS: [(&str, &str); 31] = [
    (
        "cacti traffic",
        r#"--imgformat=PNG --start=1600050000 --end=1600136400 --title='Localhost - Traffic - eth0' --base=1000 --height=150 --width=500 --alt-autoscale-max --lower-limit=0 COMMENT:"From 2020/09/13 to 2020/09/14\c" COMMENT:"  \n" --vertical-label='bits per second' --slope-mode --font TITLE:10: --font AXIS:7: --font LEGEND:8: --font UNIT:7: DEF:a=D:a:AVERAGE DEF:b=D:b:AVERAGE CDEF:cdefa=a,8,* CDEF:cdeff=b,8,* AREA:cdefa#00CF00FF:"Inbound" GPRINT:cdefa:LAST:" Current\:%8.2lf %s" GPRINT:cdefa:AVERAGE:"Average\:%8.2lf %s" GPRINT:cdefa:MAX:"Maximum\:%8.2lf %s\n" LINE1:cdeff#002A97FF:"Outbound" GPRINT:cdeff:LAST:"Current\:%8.2lf %s" GPRINT:cdeff:AVERAGE:"Average\:%8.2lf %s" GPRINT:cdeff:MAX:"Maximum\:%8.2lf %s""#,
    ),
    (
        "cacti load average, stacked",
        r#"--imgformat=PNG --start=-86400 --end=-300 --title='Load Average' --rigid --base=1000 --height=120 --width=500 --upper-limit=100 --lower-limit=0 --units-exponent=0 --vertical-label='processes in the run queue' --slope-mode DEF:a=D:a:AVERAGE DEF:b=D:b:AVERAGE CDEF:cdefg=a,b,+ AREA:a#EACC00FF:"1 Minute Average" GPRINT:a:LAST:" Current\:%8.2lf\n" AREA:b#EA8F00FF:"5 Minute Average":STACK GPRINT:b:LAST:"Current\:%8.2lf\n" LINE1:cdefg#000000FF:"Total""#,
    ),
    (
        "cacti memory with a threshold",
        r#"--imgformat=SVG --start=1600050000 --end=1600136400 --title=Memory --base=1024 --height=150 --width=500 --lower-limit=0 --vertical-label=bytes --border 0 --color BACK#F5F5F5 --color FONT#000000 DEF:a=D:a:AVERAGE CDEF:b=a,1024,* AREA:b#8F2CFF7F:"Used" GPRINT:b:LAST:"%8.2lf%s\n" HRULE:60000#FF0000:"Limit\n" VRULE:1600100000#0000FF COMMENT:"Total\: 8.2 GB\r""#,
    ),
    (
        "cacti gradient area",
        r#"--start=1600050000 --end=1600136400 --height=100 --width=400 DEF:a=D:a:AVERAGE AREA:a#FF0000#FFFFFF:"usage":gradheight=0 LINE1:a#FF0000"#,
    ),
    (
        "cacti nth percentile bar",
        r#"--start=1600050000 --end=1600136400 --imgformat=PNG -w 500 -h 150 DEF:a=D:a:AVERAGE VDEF:p=a,95,PERCENT AREA:a#00CF00FF:Inbound GPRINT:p:"95th\: %6.2lf%S" HRULE:p#FF0000FF:"95th Percentile" COMMENT:"\s" COMMENT:"\u" COMMENT:"done\j""#,
    ),
    (
        "munin cpu",
        r#"-W 'Munin 2.0' --title 'CPU usage - by day' --start 1600050000 --end 1600136400 --base 1000 -r --lower-limit 0 --upper-limit 200 --width 400 --height 175 --imgformat PNG --vertical-label % --slope-mode --font DEFAULT:0:DejaVuSans,DejaVu --font LEGEND:7:DejaVuSansMono,DejaVu --color BACK#F0F0F0 --color FRAME#F0F0F0 --color CANVAS#FFFFFF --color FONT#666666 --color AXIS#CFD6F8 --color ARROW#CFD6F8 --border 0 -W 'Munin 2.0.49' DEF:gsystem=D:a:MAX DEF:isystem=D:a:MIN DEF:asystem=D:a:AVERAGE DEF:auser=D:b:AVERAGE COMMENT:"               " COMMENT:"Cur  \\:" COMMENT:"Min  \\:" COMMENT:"Avg  \\:" COMMENT:"Max  \\:  \\j" AREA:asystem#22ff22:"system" GPRINT:asystem:LAST:"%6.2lf%s" GPRINT:isystem:MIN:"%6.2lf%s" GPRINT:asystem:AVERAGE:"%6.2lf%s" GPRINT:gsystem:MAX:"%6.2lf%s\\j" AREA:auser#0022ff:"user  ":STACK GPRINT:auser:LAST:"%6.2lf%s" GPRINT:auser:AVERAGE:"%6.2lf%s\\j" COMMENT:"Last update\\: Mon Sep 14 12\\:00\\:00 2020\\r""#,
    ),
    (
        "munin network, negative",
        r#"--title 'eth0 traffic - by week' --start 1600050000 --end 1600136400 --base 1000 --alt-autoscale --width 400 --height 175 --imgformat PNG --vertical-label 'bits in (-) / out (+) per second' DEF:adown=D:a:AVERAGE DEF:aup=D:b:AVERAGE CDEF:cdown=adown,8,* CDEF:cup=aup,8,* CDEF:ngdown=cdown,-1,* LINE1:ngdown#00CC00: COMMENT:" " LINE1:cup#00CC00:"bps" HRULE:0#CCCCCC GPRINT:cdown:LAST:"%6.2lf%s/\g" GPRINT:cup:LAST:"%6.2lf%s" GPRINT:cup:MAX:"%6.2lf%s\j""#,
    ),
    (
        "munin with a trend beyond the data",
        r#"--title 'Disk usage' --start 1600050000 --end 1600150000 --lower-limit 0 --upper-limit 100 --width 400 --height 175 DEF:a=D:a:AVERAGE VDEF:s=a,LSLSLOPE VDEF:i=a,LSLINT CDEF:t=a,POP,s,COUNT,*,i,+ LINE2:t#FF0000:trend:dashes=10 LINE2:a#00CC00:"/\l" GPRINT:a:LAST:"%6.2lf%%\j""#,
    ),
    (
        "munin ticks for unknown",
        r#"--start 1600050000 --end 1600136400 --width 400 --height 175 DEF:a=D:b:AVERAGE CDEF:u=a,UN,INF,UNKN,IF AREA:u#FFEEEE:"no data" LINE1:a#0000FF:value"#,
    ),
    (
        "librenms port bits",
        r#"--alt-autoscale-max --rigid -E --start 1600050000 --end 1600136400 --width 1150 --height 300 -c BACK#EEEEEE00 -c SHADEA#EEEEEE00 -c SHADEB#EEEEEE00 -c FONT#000000 -c CANVAS#FFFFFF00 -c GRID#a5a5a5 -c MGRID#FF9999 -c FRAME#5e5e5e -c ARROW#5e5e5e -R normal --font LEGEND:8:DejaVuSansMono --font AXIS:7:DejaVuSansMono --font-render-mode normal DEF:outoctets=D:b:AVERAGE DEF:inoctets=D:a:AVERAGE DEF:outoctets_max=D:b:MAX DEF:inoctets_max=D:a:MAX CDEF:octets=inoctets,outoctets,+ CDEF:doutoctets=outoctets,-1,* CDEF:outbits=outoctets,8,* CDEF:outbits_max=outoctets_max,8,* CDEF:doutbits=doutoctets,8,* CDEF:doutbits_max=outbits_max,-1,* CDEF:inbits=inoctets,8,* CDEF:inbits_max=inoctets_max,8,* VDEF:totout=outoctets,TOTAL VDEF:tot=octets,TOTAL VDEF:95thin=inbits,95,PERCENT VDEF:95thout=outbits,95,PERCENT CDEF:d95thoutn=doutbits,-1,* VDEF:d95thoutn95=d95thoutn,95,PERCENT CDEF:d95thoutn95n=doutbits,doutbits,-,d95thoutn95,-1,*,+ VDEF:d95thout=d95thoutn95n,FIRST AREA:inbits_max#D7FFC7: AREA:inbits#90B040: LINE:inbits#608720:"In " GPRINT:inbits:LAST:%6.2lf%s GPRINT:inbits:AVERAGE:%6.2lf%s GPRINT:inbits_max:MAX:%6.2lf%s GPRINT:95thin:%6.2lf%s\n AREA:doutbits_max#E0E0FF: AREA:doutbits#8080C0: LINE:doutbits#606090:Out GPRINT:outbits:LAST:%6.2lf%s GPRINT:outbits:AVERAGE:%6.2lf%s GPRINT:outbits_max:MAX:%6.2lf%s GPRINT:95thout:%6.2lf%s\n GPRINT:tot:"Total %6.2lf%s" GPRINT:totout:"Out %6.2lf%sB)\\l" LINE1:95thin#aa0000 LINE1:d95thout#b00000"#,
    ),
    (
        "librenms processor",
        r#"--start 1600050000 --end 1600136400 --width 340 --height 100 -l 0 -u 100 -E -r COMMENT:"                          Now     Min     Max     Avg\l" DEF:ds0=D:a:AVERAGE DEF:ds0min=D:a:MIN DEF:ds0max=D:a:MAX CDEF:ds0idle=100,ds0,- AREA:ds0#CC000066:"Core 0            " GPRINT:ds0:LAST:%5.1lf%s GPRINT:ds0min:MIN:%5.1lf%s GPRINT:ds0max:MAX:%5.1lf%s GPRINT:ds0:AVERAGE:%5.1lf%s\l LINE1.25:ds0#CC0000 LINE1:ds0idle#000000:"":STACK"#,
    ),
    (
        "librenms device poller, no legend",
        r#"--start 1600050000 --end 1600136400 --width 100 --height 24 -g -N -j -c CANVAS#ffffff00 DEF:ds=D:a:AVERAGE AREA:ds#ff9999 LINE1.5:ds#bb0000"#,
    ),
    (
        "librenms previous period",
        r#"--start 1600093200 --end 1600136400 --width 400 --height 150 -E DEF:in=D:a:AVERAGE DEF:inX=D:a:AVERAGE:start=1600050000:end=1600093200 SHIFT:inX:43200 AREA:in#CDEB8B:"This period" LINE1:inX#009900:"Previous period":dashes=4,4"#,
    ),
    (
        "librenms storage, stack of percent",
        r#"--start 1600050000 --end 1600136400 --width 400 --height 150 -b 1024 -l 0 -u 100 DEF:used=D:a:AVERAGE DEF:free=D:b:AVERAGE CDEF:size=used,free,+ CDEF:perc=used,size,/,100,* AREA:perc#c5c5c5 LINE1.25:perc#0000cc:"/var":STACK GPRINT:size:LAST:%6.2lf%sB GPRINT:used:LAST:%6.2lf%sB GPRINT:perc:LAST:%5.2lf%%\l"#,
    ),
    (
        "smokeping detail",
        r#"--start 1600050000 --end 1600136400 --height 180 --width 600 --title 'host from Zürich' --rigid --upper-limit 200 --lower-limit 0 --vertical-label Seconds --imgformat PNG --color SHADEA#ffffff --color SHADEB#ffffff --color BACK#ffffff --color CANVAS#ffffff DEF:median=D:a:AVERAGE DEF:loss=D:b:AVERAGE DEF:ping1=D:a:MIN DEF:ping2=D:a:MAX CDEF:p1=ping1,UN,0,ping1,IF CDEF:p2=ping2,UN,0,ping2,IF CDEF:pings=2,p1,UN,-,p2,UN,- CDEF:m=p1,p2,+,pings,/ CDEF:sdev=p1,m,-,DUP,*,p2,m,-,DUP,*,+,pings,/,SQRT CDEF:dmlow=median,sdev,2,/,- CDEF:s2d=sdev CDEF:cp1=p1,150,LT,p1,INF,IF AREA:dmlow AREA:s2d#dddddd30::STACK CDEF:lossred=loss,20,LT,median,UNKN,IF LINE1:lossred#ff0000:0 CDEF:me0=loss,-1,GT,loss,5,LE,*,1,UNKN,IF,median,* CDEF:meL0=me0,3,- CDEF:meH0=me0,0,*,6,+ AREA:meL0 STACK:meH0#26ff00:"0" LINE1:median#202020 VDEF:avmed=median,AVERAGE VDEF:mesd=s2d,AVERAGE COMMENT:"loss color\:" COMMENT:"\l" GPRINT:avmed:"median rtt\:  %.1lf %ss avg" GPRINT:median:MAX:"%.1lf %ss max" GPRINT:mesd:"%.1lf %ss am/s\l" COMMENT:"probe\:       20 ICMP Echo Pings (56 Bytes) every 300s" COMMENT:"end\: Mon Sep 14 12\:00 2020\j""#,
    ),
    (
        "smokeping overview",
        r#"--start 1600050000 --end 1600136400 --height 50 --width 600 --upper-limit 120 --lower-limit 0 --rigid --alt-y-grid --imgformat PNG --title overview DEF:median=D:a:AVERAGE DEF:loss=D:b:AVERAGE CDEF:ploss=loss,20,/,100,* CDEF:dm=median,0,120,LIMIT CDEF:smed=median,UN,median,median,IF GPRINT:ploss:AVERAGE:"loss\: %4.2lf %%" LINE1:dm#00ff00:median"#,
    ),
    (
        "smokeping asks for numbers only",
        r#"--start 1600050000 --end 1600136400 DEF:median=D:a:AVERAGE VDEF:m=median,MAXIMUM PRINT:m:%le PRINT:median:AVERAGE:"%.2lf %ss" PRINT:m:%s:strftime"#,
    ),
    (
        "smokeping multi host",
        r#"--start 1600050000 --end 1600136400 --height 180 --width 600 --logarithmic --lower-limit 0.001 DEF:m1=D:a:AVERAGE DEF:m2=D:b:AVERAGE CDEF:d1=m1,UN,0.01,m1,IF LINE1:d1#0000ff:"one " GPRINT:d1:AVERAGE:"avg %5.1lf %ss" LINE1:m2#00ff00:"two\l" TICK:m2#ff000040:-0.05:down"#,
    ),
    (
        "collectd collection.cgi load",
        r#"-a PNG -s 1600050000 -e 1600136400 -w 400 -h 100 -X 0 -t 'host load' -v 'System load' DEF:s_avg=D:a:AVERAGE DEF:s_min=D:a:MIN DEF:s_max=D:a:MAX DEF:m_avg=D:b:AVERAGE AREA:s_max#B7EFB7 AREA:s_min#FFFFFF LINE1:s_avg#00E000:" 1m average" GPRINT:s_min:MIN:"%4.2lf Min," GPRINT:s_avg:AVERAGE:"%4.2lf Avg," GPRINT:s_max:MAX:"%4.2lf Max," GPRINT:s_avg:LAST:"%4.2lf Last\l" LINE1:m_avg#0000FF:" 5m average" GPRINT:m_avg:LAST:"%4.2lf Last\l""#,
    ),
    (
        "collectd cpu, ten states stacked backwards",
        r#"-a PNG -s 1600050000 -e 1600136400 -t cpu -v Jiffies -l 0 DEF:idle_avg=D:a:AVERAGE DEF:idle_nnl=D:a:AVERAGE DEF:user_avg=D:b:AVERAGE CDEF:user_nnl=user_avg,UN,0,user_avg,IF CDEF:user_stk=user_nnl CDEF:idle_stk=idle_nnl,user_stk,+ AREA:idle_stk#E8E8E8 AREA:user_stk#7878FF LINE1:idle_stk#e8e8e8:"idle   " GPRINT:idle_avg:AVERAGE:"%5.1lf%% Avg," GPRINT:idle_avg:LAST:"%5.1lf%% Last\l" LINE1:user_stk#0000ff:"user   " GPRINT:user_avg:LAST:"%5.1lf%% Last\l""#,
    ),
    (
        "collectd interface traffic with overlap",
        r#"-a SVG -s 1600050000 -e 1600136400 -v Bits/s DEF:out_min_raw=D:b:MIN DEF:out_avg_raw=D:b:AVERAGE DEF:inc_avg_raw=D:a:AVERAGE CDEF:out_avg=out_avg_raw,8,* CDEF:inc_avg=inc_avg_raw,8,* CDEF:overlap=out_avg,inc_avg,GT,inc_avg,out_avg,IF CDEF:mytime=out_avg_raw,TIME,TIME,IF CDEF:sample_len_raw=mytime,PREV(mytime),- CDEF:sample_len=sample_len_raw,UN,0,sample_len_raw,IF CDEF:out_avg_sample=out_avg_raw,UN,0,out_avg_raw,IF,sample_len,* CDEF:out_avg_sum=PREV,UN,0,PREV,IF,out_avg_sample,+ AREA:out_avg#B7B7F7 AREA:inc_avg#B7EFB7 AREA:overlap#89B4B2 LINE1:out_avg#0000FF:"Outgoing" GPRINT:out_avg:AVERAGE:"%5.1lf%s Avg," GPRINT:out_avg_sum:LAST:"(ca. %5.1lf%sB Total)\l" LINE1:inc_avg#00E000:"Incoming""#,
    ),
    (
        "cgp memory",
        r#"-a PNG -w 400 -h 175 -b 1024 -l 0 -s e-1d -e 1600136400 -t 'Physical memory utilization on host' -v Bytes DEF:min_free=D:a:MIN DEF:avg_free=D:a:AVERAGE DEF:max_free=D:a:MAX VDEF:tot_free=avg_free,TOTAL CDEF:area_free=avg_free AREA:area_free#b7efb7 LINE1:area_free#00e000:'Free     ' GPRINT:min_free:MIN:'%5.1lf%s Min,' GPRINT:avg_free:AVERAGE:'%5.1lf%s Avg,' GPRINT:max_free:MAX:'%5.1lf%s Max,' GPRINT:avg_free:LAST:'%5.1lf%s Last\l' VRULE:1600100000#ff0000"#,
    ),
    (
        "cgp percentile and legends at the side",
        r#"-a PNG -w 400 -h 175 -s 1600050000 -e 1600136400 --legend-position=east --legend-direction=bottomup DEF:avg=D:a:AVERAGE VDEF:pct=avg,95,PERCENT LINE1:avg#0000ff:'traffic' LINE1:pct#ff0000:'95th':dashes GPRINT:pct:'%.1lf%s'"#,
    ),
    (
        "drraw right axis",
        r#"-s 1600050000 -e 1600136400 --right-axis 0.1:-20 --right-axis-label Celsius --right-axis-format %.1lf --left-axis-format %.0lf -w 500 -h 200 DEF:a=D:a:AVERAGE DEF:b=D:b:AVERAGE CDEF:t=b,20,+,10,* LINE2:a#0000ff:left LINE2:t#ff0000:right"#,
    ),
    (
        "mrtg style week",
        r#"-s 1600050000 -e 1600136400 -w 400 -h 100 -x HOUR:1:HOUR:2:HOUR:4:0:%H --y-grid 20:2 --alt-y-mrtg DEF:in=D:a:AVERAGE DEF:out=D:b:AVERAGE DEF:maxin=D:a:MAX AREA:in#00cc00:"Max In" LINE1:out#0000ff:"Out" LINE1:maxin#006600 PRINT:in:MAX:%.2lf%S PRINT:out:MAX:%.2lf%S"#,
    ),
    (
        "holt-winters with failures",
        r#"-s 1600060000 -e 1600098600 -w 500 -h 200 DEF:obs=H:v:AVERAGE DEF:pred=H:v:HWPREDICT DEF:dev=H:v:DEVPREDICT DEF:fail=H:v:FAILURES CDEF:up=pred,dev,2,*,+ CDEF:low=pred,dev,2,*,- TICK:fail#ffffa0:1.0:" Failures" CDEF:band=up,low,- AREA:low AREA:band#88ff8840::STACK LINE2:obs#0000ff:"observed" LINE1:up#ff0000:"upper" LINE1:low#ff0000:"lower""#,
    ),
    (
        "prediction from the rows before",
        r#"-s 1600070000 -e 1600098600 -w 500 -h 200 DEF:v=H:v:AVERAGE CDEF:p=3600,-2,600,v,PREDICT CDEF:s=3600,-2,600,v,PREDICTSIGMA CDEF:hi=p,s,3,*,+ CDEF:lo=p,s,3,*,- LINE1:v#00ff00:value LINE1:p#ff00ff:prediction LINE1:hi#888888:'upper\:3 sigma':dashes=3 LINE1:lo#888888 TICK:s#ff000020:0.1 CDEF:trend=v,1800,TREND LINE2:trend#0000ff:trend"#,
    ),
    (
        "ganglia host metric",
        r#"--start 1600050000 --end 1600136400 --width 400 --height 140 --lower-limit 0 --title 'host cpu last day' --vertical-label 'Percent' --slope-mode -T 20 --color SHADEA#FFFFFF --color SHADEB#FFFFFF DEF:'sum'=D:'a':AVERAGE AREA:sum#555555:'cpu' VDEF:'sum_last'=sum,LAST VDEF:'sum_avg'=sum,AVERAGE GPRINT:'sum_last':'Now\:%5.1lf%s' GPRINT:'sum_avg':'Avg\:%5.1lf%s\n'"#,
    ),
    (
        "pnp4nagios check",
        r#"--imgformat=PNG --start=1600050000 --end=1600136400 --width=500 --height=100 --vertical-label "s" -l0 --title "host / PING" --watermark "pnp" DEF:var1=D:a:AVERAGE AREA:var1#F8B82180:"rta" LINE1:var1#B87800 GPRINT:var1:LAST:"%3.4lg %s LAST" GPRINT:var1:MAX:"%3.4lg %s MAX" GPRINT:var1:AVERAGE:"%3.4lg %s AVERAGE\l" HRULE:90#FFFF00:"Warning  90\n" HRULE:95#FF0000:"Critical 95\n" COMMENT:"Command check_ping\r""#,
    ),
    (
        "opennms percentiles in SI units",
        r#"--imgformat PNG --font DEFAULT:7 --font TITLE:10 --start 1600050000 --end 1600136400 --title="In/Out Traffic" DEF:octIn=D:a:AVERAGE DEF:minOctIn=D:a:MIN DEF:octOut=D:b:AVERAGE CDEF:rawbitsIn=octIn,8,* CDEF:bitsIn=rawbitsIn,UN,0,rawbitsIn,IF CDEF:bitsOutNeg=0,octOut,8,*,- CDEF:bytesIn=octIn,UN,0,octIn,IF CDEF:outSum=octOut,UN,0,octOut,IF,300,* AREA:bitsIn#73d216 LINE1:bitsIn#4e9a06:"In " GPRINT:bitsIn:AVERAGE:"Avg  \: %8.2lf %s" GPRINT:bitsIn:MIN:"Min  \: %8.2lf %s" GPRINT:bitsIn:MAX:"Max  \: %8.2lf %s\\n" AREA:bitsOutNeg#729fcf GPRINT:outSum:AVERAGE:"Tot Out  \: %8.2lf %s\\n""#,
    ),
    (
        "nan for what is missing",
        r#"-Z -s 1600050000 -e 1600136400 -w 400 -h 100 --utc --week-fmt 'W%V' --grid-dash 1:2 --dynamic-labels -m 1.5 -P DEF:a=D:a:AVERAGE DEF:x=missing.rrd:a:AVERAGE CDEF:both=a,x,ADDNAN LINE1:both#f00:'<b>both</b>' AREA:x#0f0:missing"#,
    ),
];

/// Splits a line at blanks outside quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let word = words.last_mut().unwrap();
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (Some('"'), '\\') if rest.next_if_eq(&'\\').is_some() => word.push('\\'),
            (None, ' ') => words.push(String::new()),
            _ => word.push(character),
        }
    }
    words
}

fn draw(vectors: &Vectors, folder: &Path, line: &str) -> Result<Vec<u8>, String> {
    let output = run(Command::new(vectors.program())
        .args(["graph", "-"])
        .args(words(line))
        .current_dir(folder)
        .env("TZ", "Europe/Zurich")
        .env_remove("RRDCACHED_ADDRESS"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && said.is_empty() { Ok(output.stdout) } else { Err(said) }
}

#[test]
fn command_lines_of_front_ends_parse_and_draw() {
    let vectors = Vectors::unpack("graph");
    let folder = vectors.scratch("real");
    for (name, case) in [("D", "reduce/width/day.rrd"), ("H", "reduce/cf_HWPREDICT/hw.rrd")] {
        fs::copy(vectors.folder().join(case), folder.join(name)).unwrap();
    }
    let mut faults = Vec::new();
    for (name, line) in GRAPHS {
        match draw(&vectors, &folder, line) {
            Err(said) => faults.push(format!("{name}: {said}")),
            Ok(picture) => {
                let is_picture = picture.starts_with(b"\x89PNG\r\n\x1a\n")
                    || picture.starts_with(b"<?xml ") && picture.ends_with(b"</svg>\n");
                // Prints alone produce none.
                if !is_picture && line.contains("LINE") {
                    faults.push(format!("{name}: no picture of {} bytes", picture.len()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_legend_of_a_front_end_is_cut() {
    let vectors = Vectors::unpack("graph");
    let folder = vectors.scratch("legends");
    for (name, case) in [("D", "reduce/width/day.rrd"), ("H", "reduce/cf_HWPREDICT/hw.rrd")] {
        fs::copy(vectors.folder().join(case), folder.join(name)).unwrap();
    }
    for (name, line) in GRAPHS {
        let picture = draw(&vectors, &folder, &format!("{line} --imgformat SVG")).unwrap();
        let picture = String::from_utf8(picture).unwrap();
        // Only texts of the legend have this attribute.
        let legend = picture.split("<text").filter(|text| text.contains("textLength"));
        let cut: Vec<_> = legend.filter(|text| text.contains("…</text>")).collect();
        assert!(cut.is_empty(), "{name}: {cut:?}");
    }
}
