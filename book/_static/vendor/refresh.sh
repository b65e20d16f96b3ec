#!/usr/bin/env bash
# Copies the parts of MathJax that the book uses into this folder, so that no page asks another host for them.
# tex-mml-chtml.js holds the TeX and AMS packages; of the extensions that it loads on demand we keep those the pages may use.
set -euo pipefail
version=3.2.2
here=$(cd "$(dirname "$0")" && pwd)
out=$here/mathjax
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "mathjax@$version" >/dev/null
tar xzf "mathjax-$version.tgz"
rm -rf "$out"
mkdir -p "$out/output/chtml/fonts" "$out/input/tex/extensions"
cp package/LICENSE package/es5/tex-mml-chtml.js "$out/"
cp -r package/es5/output/chtml/fonts/woff-v2 "$out/output/chtml/fonts/"
for name in bbox boldsymbol braket cancel color enclose; do
  cp "package/es5/input/tex/extensions/$name.js" "$out/input/tex/extensions/"
done
echo "$version" > "$out/VERSION"
