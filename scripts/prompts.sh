#!/usr/bin/env bash
# Speaks the prompts of config/prompts/LANGUAGE.txt into config/prompts/LANGUAGE/NAME.wav: A-law, mono, 8 kHz.
# Usage: scripts/prompts.sh [LANGUAGE]   (Debian: apt-get install espeak-ng sox)
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LANGUAGE="${1:-ru}"
FROM="$ROOT/config/prompts/$LANGUAGE.txt"
TO="$ROOT/config/prompts/$LANGUAGE"
[ -f "$FROM" ] || fail "no \`$FROM\`" "Usage: scripts/prompts.sh [LANGUAGE]"
for tool in espeak-ng sox; do
  command -v "$tool" >/dev/null || fail "\`$tool\` is not installed" "apt-get install espeak-ng sox"
done
mkdir -p "$TO"
SPOKEN="$(mktemp --suffix=.wav)"
trap 'rm -f "$SPOKEN"' EXIT

while read -r name text; do
  [[ -z "$name" || "$name" == \#* ]] && continue
  espeak-ng -v "$LANGUAGE" -s 145 -g 4 -w "$SPOKEN" -- "$text"
  # The band of a telephone, silence cut at both ends and a breath put back, as loud as speech on a line is. A beep
  # follows where the caller is to speak.
  tail=(pad 0.05 0.15)
  sox -q -D -v 0.6 "$SPOKEN" -r 8000 -c 1 -e a-law "$TO/$name.wav" \
    silence 1 0.02 0.3% reverse silence 1 0.02 0.3% reverse highpass 250 lowpass 3400 norm -3 "${tail[@]}"
  if [ "$name" = voicemail ]; then
    sox -q -D -n -r 8000 -c 1 -e a-law "$SPOKEN" synth 0.4 sine 1000 vol 0.4
    sox -q -D "$TO/$name.wav" "$SPOKEN" -e a-law "$TO/$name.both.wav"
    mv "$TO/$name.both.wav" "$TO/$name.wav"
  fi
done <"$FROM"
du -sh "$TO" | cut -f1
