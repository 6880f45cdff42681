/**
 * Why a deployment failed, in plain words. The codes are the agent's and the server's; this is the one
 * place that words them for the page. The original message is always shown beside.
 */
export interface FailureWords {
  what: string;
  /** What somebody does about it; who tries again afterwards depends on whether it was final. */
  next: string;
}

const tampered =
  'Nothing of it was started. Deploy again; if it happens again, find out who changed the bundle.';

const words: Record<string, FailureWords> = {
  approval_revoked: {
    what: 'Its approval was revoked before it was active.',
    next: 'The reason above is that of the person who revoked it.',
  },
  E_BUNDLE_HASH: {
    what: 'The deploy bundle that the agent fetched isn’t the one that was built.',
    next: tampered,
  },
  E_BUNDLE_LAYOUT: { what: 'The deploy bundle isn’t laid out as it has to be.', next: tampered },
  E_MANIFEST_SIGNATURE: {
    what: 'The signature of the bundle’s manifest is wrong.',
    next: tampered,
  },
  E_MANIFEST_KEY: {
    what: 'The manifest was signed with a key that the agent doesn’t trust.',
    next: 'The agent trusts only keys from its own enrolment. Let it refresh them, or enrol it again.',
  },
  E_MANIFEST_FILES: { what: 'A file in the bundle isn’t the one that was signed.', next: tampered },
  E_MANIFEST_SCOPE: {
    what: 'The bundle is for another organization, environment, slot or agent.',
    next: tampered,
  },
  E_EPOCH_STALE: {
    what: 'The bundle is older than one that the agent already ran.',
    next: 'Old bundles never come back. To go back to an older version, deploy it again.',
  },
  E_BUNDLE_EXPIRED: {
    what: 'The bundle expired before the agent could activate it.',
    next: 'Deploy again while the agent is online.',
  },
  E_SPEC_NOT_CANONICAL: { what: 'The spec in the bundle isn’t canonical.', next: tampered },
  E_SPEC_UNSUPPORTED: {
    what: 'The agent can’t run something that the spec needs.',
    next: 'Update the agent, or deploy a version without it.',
  },
  E_DEPLOYMENT_DIGEST: {
    what: 'What is in the bundle doesn’t add up to the deployment digest.',
    next: tampered,
  },
  E_DEPLOYMENT_VERSION: {
    what: 'The deployment statement has a version that the agent doesn’t know.',
    next: 'Update the agent, and deploy again.',
  },
  E_DEPLOYMENT_KEY_RULE: {
    what: 'The deployment statement names a key rule that the agent doesn’t know.',
    next: 'Nothing of it was started. Update the agent, or find out who wrote the statement.',
  },
  E_CRED_QUORUM: {
    what: 'Fewer people approved than the statement asks for.',
    next: tampered,
  },
  E_CRED_SECOND_PERSON: {
    what: 'Whoever asked for it is among those who approved.',
    next: tampered,
  },
  E_CRED_APPROVER: {
    what: 'Somebody approved who isn’t among the approvers that the statement names.',
    next: tampered,
  },
  E_CRED_PROOF: {
    what: 'Somebody asked or approved without the proof that the statement asks for.',
    next: tampered,
  },
  E_CRED_BREAK_GLASS: {
    what: 'The glass was broken where the environment’s policy hadn’t allowed it beforehand.',
    next: tampered,
  },
  E_CRED_DECODE: { what: 'The approval credential can’t be read.', next: tampered },
  E_CRED_KEY: {
    what: 'The approval was signed with a key that the agent doesn’t trust.',
    next: 'The agent trusts only keys from its own enrolment. Let it refresh them, or enrol it again.',
  },
  E_CRED_SIGNATURE: { what: 'The signature of the approval credential is wrong.', next: tampered },
  E_CRED_VERSION: {
    what: 'The approval credential has a version that the agent doesn’t know.',
    next: 'Update the agent.',
  },
  E_CRED_SPEC: { what: 'The approval is for another spec.', next: tampered },
  E_CRED_ENVIRONMENT: { what: 'The approval is for another environment.', next: tampered },
  E_CRED_EXPIRED: {
    what: 'The approval expired before the agent could activate the deployment.',
    next: 'Deploy again, and have it approved while the agent is online.',
  },
  E_CRED_CAPABILITIES: {
    what: 'The approval doesn’t cover a capability that the spec needs.',
    next: tampered,
  },
  E_CRED_DEPLOYMENT: { what: 'The approval is for another deployment.', next: tampered },
  E_KEYSET_FOREIGN: {
    what: 'The bundle brought keys of its own.',
    next: 'Agents never take keys from a bundle. ' + tampered,
  },
  E_CONFIG_INVALID: {
    what: 'The agent doesn’t accept the config bundle.',
    next: 'Correct it in a new config bundle and deploy that.',
  },
  E_PATH_OUTSIDE_ROOTS: {
    what: 'A file of the config bundle is outside the folders that the agent allows.',
    next: 'Choose paths under an allowed folder, or have the host’s owner allow another.',
  },
  E_SLOT_LIMIT: {
    what: 'The agent holds as many slots as it takes.',
    next: 'Stop a deployment on it, or deploy to another agent.',
  },
  E_RUNTIME_START: {
    what: 'The pipeline couldn’t be started on the host.',
    next: 'Read the agent’s last words, and repair it there.',
  },
  E_RUNTIME_FAILED: {
    what: 'The pipeline started and then failed.',
    next: 'Read the agent’s last words, and repair the cause.',
  },
  E_INPUT_MISSING: {
    what: 'The input file isn’t there.',
    next: 'Create it on the agent’s host (an empty file is enough to follow), put back the one that was being read, or deploy a config bundle with the right path.',
  },
  E_INPUT_NOT_A_FILE: {
    what: 'The input path isn’t a regular file.',
    next: 'Deploy a config bundle with the path of a file.',
  },
  E_INPUT_READ: {
    what: 'The input file can’t be read.',
    next: 'Let the user that runs the agent read it.',
  },
  E_INPUT_REPLACED: {
    what: 'The input file isn’t the one that was read before.',
    next: 'Put the earlier file back, or deploy a config bundle that writes to new files.',
  },
  E_INPUT_LENGTH: {
    what: 'The input file has something else where the length of a record has to be.',
    next: 'Mend it at the byte that the message names, or deploy a config bundle with the framing that it has.',
  },
  E_INPUT_TORN: {
    what: 'An input file ends within a record.',
    next: 'Complete it, or deploy a config bundle that keeps such records aside.',
  },
  E_FILE_FRAMING: {
    what: 'A file was read or written with another framing before.',
    next: 'Deploy a config bundle with that framing, or with another file.',
  },
  E_OUTPUT_WRITE: {
    what: 'The output file can’t be written.',
    next: 'See on the agent’s host that its folder exists, is writable and has room.',
  },
  E_OUTPUT_CHANGED: {
    what: 'Somebody else changed the output file since the last checkpoint.',
    next: 'It is left as it is. Move it away, or deploy a config bundle that writes to new files.',
  },
  E_OUTPUT_TAKEN: {
    what: 'A file that isn’t this pipeline’s has the name of one that it writes.',
    next: 'It is left as it is. Move it away, or deploy a config bundle that writes elsewhere.',
  },
  E_OUTPUT_UNFINISHED: {
    what: 'The deployment before was cut off while it wrote a file, which this one wouldn’t finish.',
    next: 'Deploy that one again until it stops in good order, and then this one.',
  },
  E_OUTPUT_BUSY: {
    what: 'Another pipeline writes to the output file.',
    next: 'Stop that one, or deploy a config bundle that writes elsewhere.',
  },
  E_REJECT_WRITE: {
    what: 'The reject file can’t be written.',
    next: 'See on the agent’s host that its folder exists, is writable and has room.',
  },
  E_REJECT_CHANGED: {
    what: 'Somebody else changed the reject file since the last checkpoint.',
    next: 'It is left as it is. Move it away, or deploy a config bundle that writes to new files.',
  },
  E_REJECT_BUSY: {
    what: 'Another pipeline writes to the reject file.',
    next: 'Stop that one, or deploy a config bundle that writes elsewhere.',
  },
  E_CHECKPOINT_BUSY: {
    what: 'Another run of this pipeline still holds its checkpoint.',
    next: 'Stop it on the agent’s host.',
  },
  E_CHECKPOINT_CORRUPT: {
    what: 'The checkpoint of an earlier run can’t be read.',
    next: 'Nothing was changed. Have somebody look at it on the agent’s host, or deploy into another slot.',
  },
  E_CHECKPOINT_WRITE: {
    what: 'The checkpoint can’t be written.',
    next: 'Make room on the agent’s host: it goes on from the last one.',
  },
  E_RECORD_TOO_LARGE: {
    what: 'A record is larger than the config bundle allows.',
    next: 'Deploy a config bundle with a larger record size, or one that counts and keeps such records aside.',
  },
  E_STAGE_FAILED: {
    what: 'A stage failed on a record.',
    next: 'Change the stage, create a version, and deploy that.',
  },
  bundle_build_failed: {
    what: 'The deploy bundle couldn’t be built; its tries are spent.',
    next: 'The server’s log names the cause. Once it is mended, go on: the same is asked for again.',
  },
  agents_decommissioned: {
    what: 'All of its agents were decommissioned before they proved it.',
    next: 'Deploy it to agents that are there.',
  },
};

/** Words for a failure's code; a code without words of its own keeps the message it came with. */
export function failureWords(code: string | null | undefined): FailureWords | undefined {
  return code ? words[code] : undefined;
}

/** Every code that has words, for the test. */
export const wordedFailures = Object.keys(words);
