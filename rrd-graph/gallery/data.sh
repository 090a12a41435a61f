#!/bin/bash
# Makes the databases of the gallery, always the same: 400 days of a processor, a network link, a room and a disk,
# and twelve days of requests with a forecast.
set -e; export TZ=UTC LC_ALL=C
R=${RRDTOOL:-rrdtool}
E=1602201600                     # Fri 2020-10-09 00:00:00 UTC, end of all pictures
S=$((E-400*86400))
feed() { xargs -n 800 "$R" update "$1"; }
ARCH="RRA:AVERAGE:0.5:1:600 RRA:AVERAGE:0.5:6:700 RRA:AVERAGE:0.5:24:775 RRA:AVERAGE:0.5:288:797 RRA:MAX:0.5:6:700 RRA:MAX:0.5:24:775 RRA:MAX:0.5:288:797 RRA:MIN:0.5:6:700 RRA:MIN:0.5:24:775 RRA:MIN:0.5:288:797"
rm -f *.rrd
"$R" create cpu.rrd -b $S -s 300 DS:user:GAUGE:600:0:100 DS:system:GAUGE:600:0:100 DS:iowait:GAUGE:600:0:100 DS:steal:GAUGE:600:0:100 $ARCH
awk -v s=$S -v e=$E 'function r(){x=(x*1103515245+12345)%2147483648;return x/2147483648}
BEGIN{x=7;for(t=s+300;t<=e;t+=300){h=(t%86400)/3600;d=int(t/86400)%7;w=(d==2||d==3)?0.45:1;b=exp(-((h-14)^2)/18);
u=w*(8+42*b)+6*r();sy=w*(3+9*b)+2*r();io=(h>1&&h<2.5)?25+10*r():1+2*r();st=r()<0.02?15*r():0.4*r();
if(t>e-50000&&t<e-46000)printf "%d:U:U:U:U\n",t;else printf "%d:%.3f:%.3f:%.3f:%.3f\n",t,u,sy,io,st}}' | feed cpu.rrd
"$R" create traffic.rrd -b $S -s 300 DS:in:GAUGE:600:0:U DS:out:GAUGE:600:0:U $ARCH
awk -v s=$S -v e=$E 'function r(){x=(x*1103515245+12345)%2147483648;return x/2147483648}
BEGIN{x=99;for(t=s+300;t<=e;t+=300){h=(t%86400)/3600;d=int(t/86400)%7;w=(d==2||d==3)?0.6:1;g=1+0.8*(t-s)/(e-s);
i=g*w*(2.2e6+9e6*exp(-((h-20)^2)/10)+4e6*exp(-((h-11)^2)/12))*(0.8+0.4*r());o=g*w*(0.6e6+1.8e6*exp(-((h-15)^2)/20))*(0.7+0.6*r());
if(r()<0.004)i*=2.5;if(t>e-200000&&t<e-186000)printf "%d:U:U\n",t;else printf "%d:%.1f:%.1f\n",t,i,o}}' | feed traffic.rrd
"$R" create env.rrd -b $S -s 300 DS:temp:GAUGE:600:U:U DS:hum:GAUGE:600:0:100 DS:rtt:GAUGE:600:0:U DS:disk:GAUGE:600:0:U $ARCH
awk -v s=$S -v e=$E 'function r(){x=(x*1103515245+12345)%2147483648;return x/2147483648}
BEGIN{x=31;p=6.2831853;dk=2e11;for(t=s+300;t<=e;t+=300){h=(t%86400)/86400;y=(t%31557600)/31557600;
T=9+10*sin(p*(y-0.3))+5*sin(p*(h-0.35))+0.6*r();H=62-18*sin(p*(h-0.35))+4*r();
q=0.012*exp(3.2*r()*r()*r()*r())*(r()<0.01?20:1);dk+=90000+r()*20000;if(dk>9.1e11)dk=2.5e11;
printf "%d:%.2f:%.2f:%.5f:%.0f\n",t,T,H,q,dk}}' | feed env.rrd
# Holt-Winters with a daily season and failures
B=$((E-12*86400))
"$R" create hw.rrd -b $B -s 300 DS:req:GAUGE:600:0:U RRA:AVERAGE:0.5:1:3500 RRA:HWPREDICT:3500:0.1:0.0035:288:3 RRA:SEASONAL:288:0.1:2 RRA:DEVSEASONAL:288:0.1:2 RRA:DEVPREDICT:3500:4 RRA:FAILURES:3500:7:9:4
awk -v s=$B -v e=$E 'function r(){x=(x*1103515245+12345)%2147483648;return x/2147483648}
BEGIN{x=5;for(t=s+300;t<=e;t+=300){h=(t%86400)/3600;v=120+80*exp(-((h-13)^2)/15)+14*(r()-0.5);if(t>e-40000&&t<e-34000)v*=0.35;if(t>e-100000&&t<e-97000)v*=1.6;printf "%d:%.2f\n",t,v}}' | feed hw.rrd
