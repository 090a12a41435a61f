#!/bin/bash
# Puts some of the drawn SVGs on one page, without their tooltips: sheet.sh FOLDER > sheet.svg
cd "${1:?a folder of SVGs}" || exit 1
x=0 y=0 row=0 width=1220 body=
for name in 01-cpu-day 02-cpu-week 04-cpu-year 05-traffic-mirror 07-holt-winters 08-log 10-right-axis 11-dashes \
    12-gradient 17-dark 19-legend-north 25-min-max-band 28-long-labels 29-empty; do
    picture=$(sed 's|<g class="tips">\(<rect[^>]*><title>[^<]*</title></rect>\)*</g>||' "$name.svg")
    w=$(sed -n '1s|.*viewBox="0 0 \([0-9]*\) .*|\1|p' <<<"$picture")
    h=$(sed -n '1s|.*viewBox="0 0 [0-9]* \([0-9]*\)".*|\1|p' <<<"$picture")
    if ((x + w > width)); then x=0 y=$((y + row + 8)) row=0; fi
    body+=${picture/<svg /<svg x=\"$x\" y=\"$y\" }
    x=$((x + w + 8)) row=$((h > row ? h : row))
done
height=$((y + row))
echo "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"$width\" height=\"$height\" viewBox=\"0 0 $width $height\">"
echo "<rect width=\"100%\" height=\"100%\" fill=\"#888\"/>$body</svg>"
