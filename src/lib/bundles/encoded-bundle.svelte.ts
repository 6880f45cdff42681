import { compiler, CompilerError, type ConfigBundleV1 } from '$lib/compiler';
import { useAnswer } from '$lib/ui/answer.svelte';
import { issuesOf, type FieldIssue } from './issues';

/** What a config bundle's model becomes: the exact text that is shipped, or what stands against it. */
export interface EncodedBundle {
  readonly text: string | undefined;
  readonly digest: string | undefined;
  readonly issues: readonly FieldIssue[];
  /** The compiler couldn't be asked at all. */
  readonly failure: { code: string; message: string } | undefined;
}

/** What the version asks of a bundle; the boundaries are null where its spec can't be read here. */
export interface BundleNeeds {
  secretNames: readonly string[];
  boundaries: { ingresses: readonly string[]; egresses: readonly string[] } | null;
  /** What leaves its plan after a kill may be something else than before. */
  chooses: boolean;
}

/** Encodes a config bundle in the compiler whenever it changes, for a version with these needs. */
export function useEncodedBundle(
  config: () => ConfigBundleV1 | undefined,
  needs: () => BundleNeeds | undefined,
): EncodedBundle {
  const answer = useAnswer(
    () => {
      const wanted = config();
      const { secretNames: secrets = [], boundaries = null } = needs() ?? {};
      if (wanted === undefined) return undefined;
      return compiler()
        .call('bundleEncode', { config: $state.snapshot(wanted), secrets, ...boundaries })
        .then(({ text, digest }): EncodedBundle => ({ text, digest, ...nothingAgainst }), refused);
    },
    // What was encoded stays on the page while one types.
    { keep: true },
  );
  return {
    get text() {
      return answer.data?.text;
    },
    get digest() {
      return answer.data?.digest;
    },
    get issues() {
      return answer.data?.issues ?? nothingAgainst.issues;
    },
    get failure() {
      return answer.data?.failure;
    },
  };
}

const nothingAgainst = { issues: [], failure: undefined } satisfies Partial<EncodedBundle>;

/** What stands against a bundle: its fields, or else that it couldn't be checked. */
function refused(cause: unknown): EncodedBundle {
  const issues = cause instanceof CompilerError ? issuesOf(cause) : [];
  const failure = {
    code: cause instanceof CompilerError ? cause.code : 'internal',
    message: cause instanceof Error ? cause.message : 'The bundle can’t be checked.',
  };
  return {
    text: undefined,
    digest: undefined,
    issues,
    failure: issues.length > 0 ? undefined : failure,
  };
}
