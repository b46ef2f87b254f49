# shellcheck shell=bash
# Instructions for each span, counted by callgrind. Sourced, never run. Needs `bin`, where the programs are, and `out`,
# where counts may be left.

# One run of so many spans less than another is left out of each count: what starts and stops a program is in both.
few=1 many=4

# threads VARIANT: of a whole stack, on the application's thread and on all others.
threads() {
  local variant=$1 times name
  for times in $few $many; do
    name=threads.${variant/\//-}.$times
    callgrind "$name" --separate-threads=yes "$bin/instructions" "$variant" "$times"
    awk '/^totals:/ { if (FILENAME ~ /-01$/) first += $2; else others += $2 } END { print first + 0, others + 0 }' \
      "$out/$name"-*
  done | difference 2000
}

# pipeline VARIANT: of the worker's steps alone, from the end of a span to where the destinations begin.
pipeline() {
  local variant=$1 times
  for times in $few $many; do
    callgrind "pipeline.${variant/\//-}.$times" '--toggle-collect=*pipeline*Pipeline*run*' "$bin/instructions" "$variant" "$times"
    awk '/^totals:/ { print $2 }' "$out/pipeline.${variant/\//-}.$times"
  done | difference 2000
}

# export_path STACK LOAD: from finished spans to the bytes of a request (`export`).
export_path() {
  local times
  for times in $few $many; do
    callgrind "export.$1.$2.$times" "$bin/export" "$1" "$2" "$times"
    awk '/^totals:/ { print $2 }' "$out/export.$1.$2.$times"
  done | difference 512
}

# polls STACK: of one poll, on the thread that polls.
polls() {
  local few=1 many=3 times
  for times in $few $many; do
    callgrind "polls.$1.$times" --separate-threads=yes "$bin/polls" "$1" "${times}000"
    awk '/^totals:/ { print $2 }' "$out/polls.$1.$times-01"
  done | difference 1000
}

callgrind() {
  local file=$out/$1
  shift
  rm -f "$file" "$file"-*
  valgrind --quiet --tool=callgrind --callgrind-out-file="$file" "$@"
}

# difference SPANS: of the totals in two lines, column by column, for each span or poll.
difference() {
  awk -v spans=$(((many - few) * $1)) '
    NR == 1 { for (i = 1; i <= NF; i++) few[i] = $i }
    NR == 2 { for (i = 1; i <= NF; i++) printf "%.0f%s", ($i - few[i]) / spans, (i < NF ? " " : "\n") }'
}
