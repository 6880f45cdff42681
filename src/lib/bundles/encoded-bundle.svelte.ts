import { compiler, CompilerError, type ConfigBundleV1 } from '$lib/compiler';
import { issuesOf, type FieldIssue } from './issues';

/** What a config bundle's model becomes: the exact text that is shipped, or what stands against it. */
export interface EncodedBundle {
  readonly text: string | undefined;
  readonly digest: string | undefined;
  readonly issues: readonly FieldIssue[];
  /** The compiler couldn't be asked at all. */
  readonly failure: { code: string; message: string } | undefined;
}

/**
 * Encodes a config bundle in the compiler whenever it changes, for a version whose keys use the
 * `secrets`; a late answer is dropped.
 */
export function useEncodedBundle(
  config: () => ConfigBundleV1 | undefined,
  secrets: () => readonly string[],
): EncodedBundle {
  let text = $state.raw<string | undefined>();
  let digest = $state.raw<string | undefined>();
  let issues = $state.raw<readonly FieldIssue[]>([]);
  let failure = $state.raw<EncodedBundle['failure']>();

  $effect(() => {
    const wanted = config();
    if (wanted === undefined) return;
    let current = true;
    compiler()
      .call('bundleEncode', { config: $state.snapshot(wanted), secrets: secrets() })
      .then(
        (answer) => {
          if (!current) return;
          text = answer.text;
          digest = answer.digest;
          issues = [];
          failure = undefined;
        },
        (cause: unknown) => {
          if (!current) return;
          text = undefined;
          digest = undefined;
          const found = cause instanceof CompilerError ? issuesOf(cause) : [];
          issues = found;
          failure =
            found.length > 0
              ? undefined
              : {
                  code: cause instanceof CompilerError ? cause.code : 'internal',
                  message: cause instanceof Error ? cause.message : 'The bundle can’t be checked.',
                };
        },
      );
    return () => {
      current = false;
    };
  });

  return {
    get text() {
      return text;
    },
    get digest() {
      return digest;
    },
    get issues() {
      return issues;
    },
    get failure() {
      return failure;
    },
  };
}
