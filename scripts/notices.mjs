// Writes THIRD-PARTY-NOTICES.txt: name, version, licence and licence text of everything that a build ships.
//   node scripts/notices.mjs npm OUT      packages that the page and the server run on
//   node scripts/notices.mjs cargo OUT    crates that are linked into the native binaries and the WebAssembly package
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './lib/project.mjs';

const licenceFile = /^(licen[cs]e|copying|notice)/i;

/** Texts of the licence files in a package's folder. */
function licenceTexts(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
}

function npmPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(
      ([path, info]) => path && !info.dev && !info.devOptional && existsSync(join(root, path)),
    )
    .map(([path, info]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: info.version,
      licence: info.license ?? 'see text',
      texts: licenceTexts(join(root, path)),
    }));
}

function crates() {
  const metadata = spawnSync('cargo', ['metadata', '--format-version', '1', '--locked'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (metadata.status !== 0) throw new Error(`cargo metadata failed: ${metadata.stderr}`);
  return JSON.parse(metadata.stdout)
    .packages.filter((crate) => crate.source)
    .map((crate) => ({
      name: crate.name,
      version: crate.version,
      licence: crate.license ?? 'see text',
      texts: licenceTexts(dirname(crate.manifest_path)),
    }));
}

/** Writes the notices of one half and answers how many packages they name. */
export function writeNotices(half, out) {
  const all = half === 'cargo' ? crates() : npmPackages();
  all.sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
  const body = all.map(
    ({ name, version, licence, texts }) =>
      `${'='.repeat(78)}\n${name} ${version}\nLicence: ${licence}\n\n${texts.join('\n\n')}\n`,
  );
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `Third-party software in this build\n\n${body.join('\n')}`);
  return all.length;
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').at(-1) ?? '')) {
  const [half, out] = process.argv.slice(2);
  if (!['npm', 'cargo'].includes(half) || !out) {
    console.error('Usage: node scripts/notices.mjs npm|cargo OUT');
    process.exit(2);
  }
  console.log(`${writeNotices(half, out)} packages named in ${out}`);
}
