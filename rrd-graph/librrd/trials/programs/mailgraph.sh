# mailgraph reads a log of Postfix with several days, then its page draws. Packages are unpacked.
unpack mailgraph
export PERL5LIB=$ROOT/usr/share/perl5:$(echo "$ROOT"/usr/lib/*/perl5/*)
for day in 10 11 12; do
    for hour in 00 06 12 18; do
        for minute in 00 01 02 03 07 20; do
            at="Sep $day $hour:$minute:0"
            echo "${at}1 host1 postfix/smtp[12]: A$minute: to=<a@example.org>, relay=x.example.org[192.0.2.1]:25, delay=1, status=sent (250 ok)"
            echo "${at}2 host1 postfix/local[13]: B$minute: to=<root@host1>, relay=local, delay=0, status=sent (delivered)"
            echo "${at}3 host1 postfix/smtpd[14]: C$minute: client=y.example.org[192.0.2.2]"
            [ $minute = 07 ] && echo "${at}4 host1 postfix/smtpd[14]: NOQUEUE: reject: RCPT from z[192.0.2.3]: 550 no"
            [ $minute = 20 ] && echo "${at}5 host1 postfix/smtp[12]: D$minute: to=<b@example.org>, relay=none, delay=1, status=bounced (unknown)"
            [ $minute = 02 ] && echo "${at}6 host1 spamd[15]: identified spam (9.5/5.0) for a:1 in 0.5 seconds, 99 bytes."
        done
    done
done >mail.log || true
with_library "$ROOT/usr/sbin/mailgraph" --cat --year 2020 --logfile mail.log --daemon-rrd "$PWD" >messages.txt 2>&1 </dev/null
page=$(find "$ROOT" -name 'mailgraph.cgi' | head -n 1)
sed "s|/var/lib/mailgraph|$PWD|g; s|/var/cache/mailgraph|$PWD/cache|g" "$page" >page.cgi
mkdir -p cache
for picture in 0-n 0-e 1-n 2-n 3-e; do
    SCRIPT_NAME=page.cgi QUERY_STRING=$picture REQUEST_METHOD=GET HTTP_HOST=h \
        with_library faketime -f "2020-09-12 18:40:00" perl page.cgi >answer-$picture 2>>messages.txt </dev/null
done
find . -name 'answer-*' | sort | while read -r answer; do echo "$answer: $(grep -ac PNG $answer)"; done >pictures.txt
