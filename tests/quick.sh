#!/usr/bin/env bash
# Prints the filter of "dotnet test" for the test classes that start no process. Nothing is marked by hand: a class is left out where its
# file starts one, or names a type whose file does, and so on. KGUARDIAN_QUICK makes the starters refuse what this would overlook.
set -euo pipefail
sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
cd "$(dirname "$0")/KGuardian.Analytics.Tests"
find . -name '*.cs' -not -path './bin/*' -not -path './obj/*' -exec cp --parents {} "$sources" \;
cd "$sources"
# A word of a comment or of a text is no use of a type.
find . -name '*.cs' -exec sed -i -E 's@//.*@@; s@"([^"\\]|\\.)*"@@g' {} +

starters='SharedNode|LocalNode|ServerProgram|Needs|WebApplication|Process\.Start'
types=$starters
while :; do
  starting=$(grep -rlE "\\b($types)\\b" . | sort)
  found=$(xargs sed -nE 's/^(public|internal) .*\b(class|record) ([A-Za-z]+).*/\3/p' <<<"$starting" | sort -u | paste -sd'|')
  [ "$types" != "$found|$starters" ] || break
  types="$found|$starters"
done
quick=$(comm -23 <(find . -name '*Tests.cs' | sort) <(echo "$starting") | xargs awk '
  /^namespace / { gsub(/[;\r]/, ""); space = $2 }
  match($0, /^public .*class [A-Za-z]+/) { n = split(substr($0, RSTART, RLENGTH), words, " "); print "FullyQualifiedName~" space "." words[n] "." }')
echo "(Length!=Long)&($(paste -sd'|' <<<"$quick"))"
