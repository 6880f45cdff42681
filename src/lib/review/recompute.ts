import { compiler, type DeploymentStatement, type ExecutionTarget } from '$lib/compiler';

/**
 * Recomputes, in this page, what the server says: the hash of a spec, the digest of a config bundle,
 * the digest of a deployment. JavaScript hashes and serializes nothing here; the compiler does.
 */

/** What came of comparing a stated hash with the one computed here. */
export type CheckResult =
  | { state: 'match'; computed: string }
  | { state: 'mismatch'; computed: string; why: string }
  /** It can't be computed here, and why. Never counts as a match. */
  | { state: 'unchecked'; why: string };

export interface VersionFacts {
  text: string;
  target: ExecutionTarget;
  specKv: string;
  specHash: string;
  compilerVersion: string;
}

/**
 * The spec hash, from the spec KV; and, where this page has the compiler that made the version, from
 * the plan text as well. Old versions are never compiled again: another compiler may lower differently.
 */
export async function checkVersion(version: VersionFacts): Promise<CheckResult> {
  const decoded = await compiler().call('decode', { kv: version.specKv });
  if (!decoded.canonical) {
    return { state: 'mismatch', computed: decoded.spec_hash, why: 'The spec KV isn’t canonical.' };
  }
  if (decoded.spec_hash !== version.specHash) {
    return {
      state: 'mismatch',
      computed: decoded.spec_hash,
      why: 'The spec KV has another hash than the one recorded.',
    };
  }
  const { compiler_version } = await compiler().call('info', {});
  if (compiler_version !== version.compilerVersion) {
    return { state: 'match', computed: decoded.spec_hash };
  }
  const { report } = await compiler().call('lower', {
    text: version.text,
    target: version.target,
  });
  if (report?.spec_kv !== version.specKv) {
    return {
      state: 'mismatch',
      computed: report?.spec_hash ?? 'nothing',
      why: 'The plan text doesn’t compile to the recorded spec.',
    };
  }
  return { state: 'match', computed: decoded.spec_hash };
}

/** The digest of a config bundle, from the exact text that is shipped. */
export async function checkBundle(bundle: { text: string; digest: string }): Promise<CheckResult> {
  const { digest } = await compiler().call('bundleDecode', { text: bundle.text });
  return digest === bundle.digest
    ? { state: 'match', computed: digest }
    : {
        state: 'mismatch',
        computed: digest,
        why: 'The text has another digest than the one recorded.',
      };
}

/** What a deployment is made of, as far as the page knows it from elsewhere than its statement. */
export interface DeploymentFacts {
  statement: DeploymentStatement;
  statementText: string;
  digest: string;
  /** The spec hash and config digest that were recomputed here. */
  specHash: string;
  configDigest: string;
}

/**
 * The deployment digest, from its statement; the statement has to be the shown text, and has to name
 * the very spec and config that were recomputed here.
 */
export async function checkDeployment(facts: DeploymentFacts): Promise<CheckResult> {
  const { text, digest } = await compiler().call('deploymentEncode', {
    statement: facts.statement,
  });
  const mismatch = (why: string): CheckResult => ({ state: 'mismatch', computed: digest, why });
  if (text !== facts.statementText)
    return mismatch('What is shown here doesn’t make up the statement.');
  if (digest !== facts.digest) return mismatch('The statement has another digest.');
  if (facts.statement.spec_hash !== facts.specHash) {
    return mismatch('The statement names another spec than the one shown.');
  }
  if (facts.statement.config_digest !== facts.configDigest) {
    return mismatch('The statement names another config bundle than the one shown.');
  }
  return { state: 'match', computed: digest };
}

/** Runs a check; whatever goes wrong on the way leaves it unchecked, with the reason. */
export async function settleCheck(check: Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await check;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'It can’t be computed in this browser.';
    return { state: 'unchecked', why };
  }
}
