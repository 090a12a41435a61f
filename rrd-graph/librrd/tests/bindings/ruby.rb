# Calls of every function of Ruby's module RRD; prints each value and each error.
require "RRD"

$stdout.sync = true
T = 1000000000

# A value of any shape on one line: tables in the order of their keys, pictures by format.
def text(value)
  case value
  when Hash then "{" + value.keys.sort.map { |key| "#{key}: #{text(value[key])}" }.join(", ") + "}"
  when Array then "[" + value.map { |part| text(part) }.join(", ") + "]"
  when String then picture(value) || "'#{value}'"
  else value.inspect
  end
end

def picture(content)
  bytes = content.b
  bytes.start_with?("\x89PNG".b) ? "PNG %dx%d" % bytes[16, 8].unpack("NN") : nil
end

# Prints what a call returns or raises.
def show(title, function, *arguments)
  value = RRD.send(function, *arguments)
  if value.is_a?(Hash)
    puts "#{title}:"
    value.keys.sort.each { |key| puts "  #{key} = #{text(value[key])}" }
  else
    puts "#{title}: #{text(value)}"
  end
rescue StandardError => error
  puts "#{title}: #{error.class}: #{error.message}"
end

# Creating files.
sources = ["DS:in:GAUGE:20:0:1000", "DS:out:COUNTER:20:U:U", "DS:sum:COMPUTE:in,2,*"]
archives = ["RRA:AVERAGE:0.5:1:30", "RRA:MAX:0.5:3:10", "RRA:LAST:0.5:6:5"]
show("create", :create, "a.rrd", "--start", T.to_s, "--step", "10", *sources, *archives)
show("create of a name not in ASCII", :create, "größe.rrd", "-b", T.to_s, "-s", "1m",
     "DS:x:DERIVE:2m:U:U", "DS:y:ABSOLUTE:120:U:U", "RRA:AVERAGE:0.5:1m:1h")
show("create over a file", :create, "a.rrd", "-O", *sources, *archives)
show("create without archives", :create, "no.rrd", "DS:x:GAUGE:20:U:U")
show("create of a bad source", :create, "no.rrd", "DS:x:NOPE:20:U:U", "RRA:LAST:0.5:1:1")
show("create with an unknown option", :create, "no.rrd", "--nope")
show("create without a name", :create)

# Updates.
show("update", :update, "a.rrd", "#{T + 10}:1:100", "#{T + 20}:2:300", "#{T + 31}:U:600")
show("update by names", :update, "a.rrd", "--template", "out:in", "#{T + 41}:1500:5.25")
show("update in the past", :update, "a.rrd", "#{T}:1:1")
show("update of rubbish", :update, "a.rrd", "rubbish")
show("update of no file", :update, "nöpe.rrd", "#{T}:1:1")
show("update without a name", :update)
show("update of a name not in ASCII", :update, "größe.rrd", *(1..5).map { |i| "#{T + 60 * i}:#{i}:#{i}" })
show("updatev", :updatev, "a.rrd", "#{T + 50}:5:1600", "#{T + 60}:6:1700")
show("updatev in the past", :updatev, "a.rrd", "#{T}:5:1600")

# What the files hold. The binding reads one row more than there is, which is left out.
def rows(function, place, *arguments)
  value = RRD.send(function, *arguments)
  value[place].pop
  value
end

def show_rows(title, function, place, *arguments)
  puts "#{title}: #{text(rows(function, place, *arguments))}"
end

show_rows("fetch", :fetch, 3, "a.rrd", "AVERAGE", "-s", T.to_s, "-e", (T + 60).to_s)
show_rows("fetch by a step", :fetch, 3, "a.rrd", "MAX", "-s", T.to_s, "-e", (T + 60).to_s, "-r", "30")
show_rows("fetch of a name not in ASCII", :fetch, 3, "größe.rrd", "AVERAGE", "-s", T.to_s, "-e", "start+5min")
show("fetch of no function", :fetch, "a.rrd", "NOPE")
show("fetch of no file", :fetch, "nope.rrd", "AVERAGE")
show("fetch of no time", :fetch, "a.rrd", "AVERAGE", "-s", "rubbish")
show("info", :info, "a.rrd")
show("info of no file", :info, "nope.rrd")
show("last", :last, "a.rrd")
show("last of no file", :last, "nope.rrd")

# Times in several zones.
["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"].each do |zone|
  ENV["TZ"] = zone
  show("create in #{zone}", :create, "zone.rrd", "-b", "20010909 03:46", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1")
  show("last in #{zone}", :last, "zone.rrd")
  puts "fetch in #{zone}: #{RRD.fetch("a.rrd", "LAST", "-s", "20010909 00:00", "-e", "20010909 06:00")[0, 2]}"
  show("graph in #{zone}", :graph, "zone.png", "-s", T.to_s, "-e", (T + 60).to_s, "--only-graph",
       "DEF:x=a.rrd:in:AVERAGE", "VDEF:m=x,MAXIMUM", 'PRINT:m:%A %H\:%M:strftime', "LINE1:x#f00")
end

# Changes of files.
show("tune", :tune, "a.rrd", "-h", "in:40", "-i", "in:-5", "-a", "in:U", "-r", "out:gone")
show("tune of an unknown name", :tune, "a.rrd", "-h", "nope:40")
show("tune of no file", :tune, "nope.rrd", "-h", "in:40")
show("resize", :resize, "a.rrd", "0", "GROW", "4")
show("info of the resized file", :info, "resize.rrd")
show("resize of no archive", :resize, "a.rrd", "9", "GROW", "4")
show("info after tune", :info, "a.rrd")

# Dumps and restores.
show("dump", :dump, "a.rrd", "a.xml")
puts File.read("a.xml")
show("dump of no file", :dump, "nope.rrd", "b.xml")
puts "before the dump"
show("dump to the standard output", :dump, "zone.rrd")
show("restore", :restore, "a.xml", "r.rrd")
show("restore over a file", :restore, "a.xml", "r.rrd")
show("restore over a file by force", :restore, "-f", "a.xml", "r.rrd")
show("restore of no file", :restore, "nope.xml", "s.rrd")
show("info after restore", :info, "r.rrd")
show("flushcached without a server", :flushcached, "a.rrd")
show("flushcached of no server", :flushcached, "--daemon", "unix:nope", "a.rrd")
show("update of no server", :update, "-d", "unix:nope", "a.rrd", "N:1:2")

# Charts.
span = ["-s", T.to_s, "-e", (T + 60).to_s]
chart = ["DEF:x=a.rrd:in:AVERAGE", "CDEF:z=x,2,*", "VDEF:m=x,MAXIMUM"]
drawn = ["AREA:x#00ff0080:Größe", "LINE2:z#f00:two\\l", "GPRINT:m:most %6.2lf", "HRULE:3#00f:három",
         "COMMENT:日本語 text\\r"]
prints = ["PRINT:m:%.3lf %s", "PRINT:x:AVERAGE:%8.3lf"]
full = ["--full-size-mode", "-w", "400", "-h", "200", "-t", "Übersicht", "-v", "Größe"]
show("graph only", :graph, "only.png", "--only-graph", "-w", "300", "-h", "80", *span, *chart, *drawn, *prints)
puts picture(File.binread("only.png"))
show("graph of full size", :graph, "full.png", *full, *span, *chart, *drawn, *prints)
puts picture(File.binread("full.png"))
show("graphv", :graphv, "v.png", *full, *span, *chart, *drawn, *prints)
show("graphv in memory", :graphv, "-", "--only-graph", *span, *chart, *drawn, *prints)
show("graph of no file", :graph, "no.png", "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00")
show("graph of a bad expression", :graph, "no.png", *chart, "CDEF:y=x,+", "LINE1:y#f00")
show("graph without a name", :graph)
show_rows("xport", :xport, 5, *span, *chart, "XPORT:x:the x", 'XPORT:z:größe "z"', "XPORT:x")
show_rows("xport by a step", :xport, 5, *span, "--step", "30", *chart, "XPORT:x:the x")
show("xport of nothing", :xport, *span, *chart)
show("xport of no file", :xport, "DEF:x=nope.rrd:x:AVERAGE", "XPORT:x:a")

# Large results.
names = (1..20).map { |i| "s#{i}" }
RRD.create("large.rrd", "-b", T.to_s, "-s", "1", *names.map { |name| "DS:#{name}:GAUGE:5:U:U" }, "RRA:AVERAGE:0.5:1:20000")
show("update of a large file", :update, "large.rrd",
     *(1..2000).map { |i| [T + i, *(1..20).map { |k| i * k / 3.0 }].join(":") })
first, last, names, data = rows(:fetch, 3, "large.rrd", "AVERAGE", "-s", T.to_s, "-e", (T + 19990).to_s)
known = data.flatten.reject { |value| value.nil? || value.nan? }
puts "fetch of a large file: #{first} #{last} #{names.length} #{data.length} #{known.length} #{known.sum}"
show("last of a large file", :last, "large.rrd")
