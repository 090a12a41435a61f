# Calls of every function of rrdtool-tcl; prints each value and each error.
encoding system utf-8
fconfigure stdout -encoding utf-8 -buffering none
package require Rrd
set T 1000000000

proc at {seconds} { return [expr {$::T + $seconds}] }

# Prints what a call returns or raises; a list of keys and values in the order of its keys.
proc show {title args} {
    if {[catch {uplevel 1 Rrd::$args} value]} {
        puts "$title: error: $value"
    } else {
        puts "$title: $value"
    }
}

# Prints what a call in a process of its own does that some libraries end.
proc show_apart {title args} {
    set script "encoding system utf-8; package require Rrd; catch {Rrd::$args} value; puts \$value"
    if {[catch {exec [info nameofexecutable] << $script} value options]} {
        puts "$title: ended with [lrange [dict get $options -errorcode] 0 0] [lindex [dict get $options -errorcode] 2]"
    } else {
        puts "$title: $value"
    }
}

proc show_pairs {title args} {
    puts "$title:"
    if {[catch {uplevel 1 Rrd::$args} value]} {
        puts "  error: $value"
        return
    }
    foreach {key part} $value { puts "  $key = $part" }
}

# The format and the size of a picture.
proc picture {file} {
    set stream [open $file rb]
    binary scan [read $stream] @1a3@16II name width height
    close $stream
    puts "  $name ${width}x$height"
}

# Creating files.
set sources {DS:in:GAUGE:20:0:1000 DS:out:COUNTER:20:U:U DS:sum:COMPUTE:in,2,*}
set archives {RRA:AVERAGE:0.5:1:30 RRA:MAX:0.5:3:10 RRA:LAST:0.5:6:5}
show "create" create a.rrd --start $T --step 10 {*}$sources {*}$archives
show "create of a name not in ASCII" create größe.rrd -b $T -s 60 DS:x:DERIVE:120:U:U DS:y:ABSOLUTE:120:U:U \
    RRA:AVERAGE:0.5:1:60
show "create without archives" create no.rrd DS:x:GAUGE:20:U:U
show "create of a bad source" create no.rrd DS:x:NOPE:20:U:U RRA:LAST:0.5:1:1
show "create with a bad start" create no.rrd -b rubbish DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:1
show "create with an unknown option" create no.rrd --nope
show "create without a name" create

# Updates.
show "update" update a.rrd [at 10]:1:100 [at 20]:2:300 [at 31]:U:600
show "update by names" update a.rrd --template out:in [at 41]:1500:5.25
show "update more" update a.rrd [at 50]:5:1600 [at 60]:6:1700
show "update in the past" update a.rrd $T:1:1
show "update of rubbish" update a.rrd rubbish
show "update of no file" update nöpe.rrd $T:1:1
show "update without a name" update
foreach i {1 2 3 4 5} { show "update of a name not in ASCII" update größe.rrd [at [expr {60 * $i}]]:$i:$i }

# What the files hold. The binding reads one row more than there is, which is left out.
proc show_rows {title columns args} {
    puts "$title: [lrange [Rrd::fetch {*}$args] 0 end-$columns]"
}
show_rows "fetch" 3 a.rrd AVERAGE -s $T -e [at 60]
show_rows "fetch by a step" 3 a.rrd MAX -s $T -e [at 60] -r 30
show_rows "fetch of a name not in ASCII" 2 größe.rrd AVERAGE -s $T -e start+5min
show "fetch of no function" fetch a.rrd NOPE
show "fetch of no file" fetch nope.rrd AVERAGE
show "fetch of no time" fetch a.rrd AVERAGE -s rubbish
show_pairs "info" info a.rrd
show_pairs "info of no file" info nope.rrd
show "last" last a.rrd
show "last of no file" last nope.rrd
show "lastupdate" lastupdate a.rrd
show "first of an archive" first a.rrd 1
show "first of no archive" first a.rrd 9
show "lastupdate of no file" lastupdate nope.rrd
show "last after that" last a.rrd

# Times in several zones.
foreach zone {Europe/Berlin America/New_York Asia/Kolkata UTC} {
    set env(TZ) $zone
    show "create in $zone" create zone.rrd -b "20010909 03:46" DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:1
    show "last in $zone" last zone.rrd
    show "graph in $zone" graph zone.png -s $T -e [at 60] --only-graph DEF:x=a.rrd:in:AVERAGE \
        VDEF:m=x,MAXIMUM {PRINT:m:%A %H\:%M:strftime} LINE1:x#f00
}

# Changes of files.
show "tune" tune a.rrd -h in:40 -i in:-5 -a in:U -r out:gone
show "tune of an unknown name" tune a.rrd -h nope:40
show "resize" resize a.rrd 0 GROW 4
show_pairs "info of the resized file" info resize.rrd
show "resize of no archive" resize a.rrd 9 GROW 4
show_apart "resize without a name" resize
show_pairs "info after tune" info a.rrd

# Dumps and restores.
puts "before the dump"
show "dump" dump a.rrd
show "dump of no file" dump nope.rrd
exec [info nameofexecutable] << "package require Rrd; Rrd::dump a.rrd" > a.xml
show "restore" restore a.xml r.rrd
show "restore over a file" restore a.xml r.rrd
show "restore over a file by force" restore -f a.xml r.rrd
show "restore of no file" restore nope.xml s.rrd
show_pairs "info after restore" info r.rrd
show "flushcached without a server" flushcached a.rrd
show "flushcached of no server" flushcached --daemon unix:nope a.rrd

# Charts.
set span [list -s $T -e [at 60]]
set chart {DEF:x=a.rrd:in:AVERAGE CDEF:z=x,2,* VDEF:m=x,MAXIMUM}
set drawn [list AREA:x#00ff0080:Größe LINE2:z#f00:two\\l "GPRINT:m:most %6.2lf" HRULE:3#00f:három "COMMENT:日本語 text\\r"]
set prints {{PRINT:m:%.3lf %s} PRINT:x:AVERAGE:%8.3lf}
show "graph only" graph only.png --only-graph -w 300 -h 80 {*}$span {*}$chart {*}$drawn {*}$prints
picture only.png
show "graph of full size" graph full.png --full-size-mode -w 400 -h 200 -t Übersicht -v Größe \
    {*}$span {*}$chart {*}$drawn {*}$prints
picture full.png
set stream [open stream.png wb]
show "graph to a channel" graph $stream --only-graph {*}$span {*}$chart {*}$drawn {*}$prints
close $stream
picture stream.png
show "graph of no file" graph no.png DEF:x=nope.rrd:x:AVERAGE LINE1:x#f00
show "graph of a bad expression" graph no.png {*}$chart CDEF:y=x,+ LINE1:y#f00
show_apart "graph without a name" graph

# Large results.
set large {}
for {set i 1} {$i <= 20} {incr i} { lappend large DS:s$i:GAUGE:5:U:U }
show "create of a large file" create large.rrd -b $T -s 1 {*}$large RRA:AVERAGE:0.5:1:20000
set readings {}
for {set i 1} {$i <= 2000} {incr i} {
    set reading [at $i]
    for {set k 1} {$k <= 20} {incr k} { append reading : [expr {$i * $k / 3.0}] }
    lappend readings $reading
}
show "update of a large file" update large.rrd {*}$readings
set rows [lrange [Rrd::fetch large.rrd AVERAGE -s $T -e [at 19990]] 0 end-20]
puts "fetch of a large file: [llength $rows] [string length $rows] [lrange $rows 39900 40100]"
show "last of a large file" last large.rrd
