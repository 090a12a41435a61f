# The program `rrdtool` of the distribution on the recorded command lines of the tests of `rrd-cli`:
# more than 400 scripts. AREAS="fetch graph/rpn" runs some of them only.
vectors=$HERE/../../../cli/tests/vectors
cat >rrdtool <<END
#!/bin/sh
${LIBRARY:+LD_LIBRARY_PATH=$LIBRARY}
${LIBRARY:+export LD_LIBRARY_PATH}
exec /usr/bin/rrdtool "\$@"
END
chmod 755 rrdtool
export PYTHONDONTWRITEBYTECODE=1 PATH=/usr/bin:$PATH
mkdir core graph out
tar xzf "$vectors/core.tar.gz" -C core
tar xzf "$vectors/graph.tar.gz" -C graph
chosen() { [ -z "${AREAS:-}" ] || [[ " $AREAS " == *" $1 "* ]]; }
for area in core/*/; do
    chosen "$(basename "$area")" || continue
    for case in "$area"*/cmd.sh; do
        case=${case#core/}
        case=${case%/cmd.sh}
        timeout --foreground 300 bash core/gen.sh "$PWD/rrdtool" "$(command -v rrdcached)" "$PWD/out" "$case" ||
            echo "$case: status $?"
    done
done
for area in graph/*/; do
    chosen "${area%/}" || continue
    for case in "$area"*/; do
        mkdir -p "out/$case"
        (
            cd "$case"
            rm -f stdout stderr rc
            # Some results say how long ago something was, which takes seconds here.
            RRDTOOL=$OLDPWD/rrdtool FONTCONFIG_FILE=$HERE/../../../cli/tests/no-fonts.conf LANG=C \
                timeout --foreground 300 sh ./cmd.sh >"$OLDPWD/out/$case/stdout.txt" 2>"$OLDPWD/out/$case/stderr.txt" ||
                echo "status $?" >>"$OLDPWD/out/$case/stdout.txt"
        )
    done
done
rm -r core graph
find out -name '*.rrd' -delete
find out -type f ! -name '*.txt' ! -name cmd.sh | while read -r file; do
    if grep -Iq . "$file"; then mv "$file" "$file.txt"; fi
done
find out -name '*.txt' -exec sed -i "s|$PWD|FOLDER|g; s/-nan/nan/g; s|/tmp/tmp\.[A-Za-z0-9]*|TEMPORARY|g
    s/RRDtool 1[.0-9]* /RRDtool VERSION /" {} +
