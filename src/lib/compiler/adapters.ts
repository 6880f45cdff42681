// Generated from crates/byteor-config/src/adapters by `cargo run -p xtask -- codegen`. Don't edit.

import type { Adapter, Promised, SinkPromise, SourcePromise, Together } from './types';

/** What each adapter says of itself, in the order in which a form offers them. */
export const adapters: readonly Adapter[] = [
  {
    "kind": "file",
    "title": "File",
    "summary": "Records of a file on the agent's host, through appends, rotation and truncation, or of all files that a name matches; or records appended to one, or to one after the other.",
    "ingress": {
      "does": "Read a file",
      "keys": [
        {
          "name": "path",
          "kind": {
            "is": "path"
          },
          "label": "Input path",
          "help": "The file that records are read from. With a * in its name, which stands for any bytes, all files that match, in the order of their names.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; records are bytes."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Framing",
          "help": "How records are cut from the file.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "mode",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "follow",
                "label": "Follow the file",
                "help": "Waits for more at the end, and for new files where the path matches several; an unfinished last record waits for its end."
              },
              {
                "word": "stop_at_end",
                "label": "Stop at the end",
                "help": "Takes an unterminated last line as a record, leaves a torn record for a later run, drains, and ends."
              }
            ]
          },
          "label": "At the end of the file",
          "help": "What happens once everything in the file was read.",
          "default": "follow",
          "optional": false,
          "with": null
        },
        {
          "name": "start",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "start",
                "label": "From the start",
                "help": "Everything that is in the file already."
              },
              {
                "word": "end",
                "label": "From the end",
                "help": "Only what is written from now on."
              }
            ]
          },
          "label": "Where to begin",
          "help": "At the first run; later ones go on where the one before ended.",
          "default": "start",
          "optional": false,
          "with": null
        },
        {
          "name": "too_large",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "reject",
                "label": "Count and keep aside",
                "help": "Counted as rejected, written to the reject file; the pipeline goes on."
              },
              {
                "word": "stop",
                "label": "Stop the pipeline",
                "help": "The pipeline stops in front of it, unread: nothing is lost, and a larger class can take it later."
              }
            ]
          },
          "label": "Records that are too large",
          "help": "What becomes of one that is longer than the largest record, and of what there is of one that its file ends within.",
          "default": "reject",
          "optional": false,
          "with": null
        }
      ],
      "promise": "resumes",
      "otherwise": [],
      "lag": {
        "is": "unknown",
        "because": "What a file has behind the position isn't told: it is on the agent's host."
      },
      "several": {
        "is": "told",
        "address": "path",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Nothing is told to anybody: how far the file was read stands in the checkpoint, which is written after the sink has everything up to there.",
        "ordering": "The file's, over rotations; of several files by name, byte by byte, one after the other. A file that appears with a name in front of the one that is read isn't seen.",
        "security": "Files are opened under the folders that the host's owner allows, after links are resolved.",
        "limits": "At most 1,024 records are in flight. What is larger than a record may be isn't held in memory. A length says at most 8 MiB.",
        "other_end": "host",
        "failures": [
          [
            "The input is missing at the start",
            "`E_INPUT_MISSING`; the run doesn't start."
          ],
          [
            "No file matches yet",
            "`N_INPUT_NONE` when following: the first one is waited for. Without following `E_INPUT_MISSING`."
          ],
          [
            "A length says more than 8 MiB",
            "`E_INPUT_LENGTH` with the byte; the run ends in front of it. So does one that is to read lines as lengths."
          ],
          [
            "A file ends within a record (length before each)",
            "`N_INPUT_TORN`. At the end of the input it is left for a later run; in a file that is rotated, or has another behind it, it is counted as rejected and goes to the reject file, or ends the run (`E_INPUT_TORN`), as `too_large` says."
          ],
          [
            "It is rotated, truncated or replaced",
            "It goes on as the table of [changes](../file-adapter.md#files-that-change-under-a-reader) says."
          ],
          [
            "The process or the host ends",
            "The next run goes on at the checkpoint."
          ]
        ]
      }
    },
    "egress": {
      "does": "Write a file",
      "keys": [
        {
          "name": "path",
          "kind": {
            "is": "path"
          },
          "label": "Output path",
          "help": "The file that records are written to.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; records are bytes."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Framing",
          "help": "How records are joined into the file.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "rotate_bytes",
          "kind": {
            "is": "number",
            "min": 1024,
            "max": 4294967295,
            "unit": "bytes"
          },
          "label": "Bytes a file",
          "help": "A file is closed with the record that makes it so long, and the next one begun: the path is then what the names of all begin with. Left out, size closes none.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "rotate_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 86400,
            "unit": "seconds"
          },
          "label": "Longest wait for a file, in seconds",
          "help": "A file is closed so long after its first record, by the host’s clock. Left out, age closes none.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "exact",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "path",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "A record counts as delivered when it is synced to the disk, about every 40 ms. A file that was closed gets its final name after that.",
        "ordering": "The pipeline's.",
        "security": "As for reading; the file belongs to the pipeline, and is locked while it runs.",
        "limits": "At most 20 ms of output are in memory. At most 64 files are closed and not finished; while the disk is behind by so many, files get longer than `rotate_bytes`.",
        "other_end": "host",
        "failures": [
          [
            "The disk is full, or a write or a sync fails",
            "The run ends, and the agent tries again: it cuts back to the checkpoint and goes on."
          ],
          [
            "Somebody else changes the file",
            "`E_OUTPUT_CHANGED`; the run ends. Finished files may be read, moved and removed."
          ],
          [
            "A file that is to be finished finds its name taken, or files are there that the checkpoint doesn't know",
            "`E_OUTPUT_TAKEN`; the run ends, and nothing is overwritten."
          ],
          [
            "SIGTERM, or the input ends",
            "What is there is finished as a file."
          ],
          [
            "The process or the host ends",
            "The next run cuts the file back to the checkpoint and writes the rest anew, with the same bytes. Files that were begun behind the checkpoint are removed; finished ones are never touched."
          ]
        ]
      }
    },
    "page": "## Names of files\n\n| name | what it is |\n| --- | --- |\n| `PATH.NUMBER` | A finished file, with the number of its first record in twenty digits, where `rotate_bytes` or `rotate_seconds` is given. It never changes any more. |\n| `PATH.NUMBER.part` | One that is still written. |\n\n[file-adapter.md](../file-adapter.md) says the rest, to the byte.\n\n## Examples\n\nFollows a log and writes what the pipeline makes of it.\n\n```text\nadapter.ingress.kind=file\nadapter.ingress.file.path=/data/in.log\nadapter.ingress.file.framing=lines\nadapter.ingress.file.mode=follow\nadapter.ingress.file.start=start\nadapter.ingress.file.too_large=reject\nadapter.egress.kind=file\nadapter.egress.file.path=/data/out.log\nadapter.egress.file.framing=lines\n```\n\nReads all files that are put into a folder, by name, and writes records that may hold line feeds.\n\n```text\nadapter.ingress.kind=file\nadapter.ingress.file.path=/data/in/*.log\nadapter.ingress.file.framing=lines\nadapter.ingress.file.mode=follow\nadapter.ingress.file.start=start\nadapter.ingress.file.too_large=reject\nadapter.egress.kind=file\nadapter.egress.file.path=/data/out.bin\nadapter.egress.file.framing=prefixed\n```\n\nBegins a file at each gigabyte, and at each hour in which something came; what has its final name is whole.\n\n```text\nadapter.ingress.kind=file\nadapter.ingress.file.path=/data/in.log\nadapter.ingress.file.framing=lines\nadapter.ingress.file.mode=follow\nadapter.ingress.file.start=start\nadapter.ingress.file.too_large=reject\nadapter.egress.kind=file\nadapter.egress.file.path=/data/out/orders\nadapter.egress.file.framing=lines\nadapter.egress.file.rotate_bytes=1073741824\nadapter.egress.file.rotate_seconds=3600\n```\n"
  },
  {
    "kind": "stdio",
    "title": "Standard streams",
    "summary": "Lines of standard input, or lines on standard output, for a person at a terminal and for pipes of a shell.",
    "ingress": {
      "does": "Read standard input",
      "keys": [
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; records are bytes."
              }
            ]
          },
          "label": "Framing",
          "help": "How records are cut from the stream.",
          "default": "lines",
          "optional": false,
          "with": null
        }
      ],
      "promise": "forgets",
      "otherwise": [],
      "lag": {
        "is": "unknown",
        "because": "What a pipe holds back can't be seen from here."
      },
      "several": {
        "is": "refused",
        "because": "a process has one standard input and one standard output"
      },
      "facts": {
        "acknowledged": "Nothing is told to anybody: who writes into a pipe doesn't hear what became of it.",
        "ordering": "The stream's.",
        "security": "As whoever started the process has it. An agent speaks over these streams itself: a run of an agent refuses them.",
        "limits": "4 MiB are in memory, and then whoever writes into the pipe waits. A line has 1 MiB at most. A record that is larger than a record may be goes to the reject file.",
        "other_end": "host",
        "failures": [
          [
            "The stream ends",
            "An open last line is a record; everything is delivered, and the run ends well."
          ],
          [
            "A line is longer than 1 MiB",
            "`E_STDIN_LINE`; what came before is delivered, and the run fails."
          ],
          [
            "It can't be read",
            "`E_STDIN_READ`; likewise."
          ],
          [
            "SIGTERM, or the process or the host ends",
            "What was read and isn't delivered is lost."
          ],
          [
            "An agent runs it",
            "`E_ADAPTER_STDIO`; the run doesn't start."
          ]
        ]
      }
    },
    "egress": {
      "does": "Write standard output",
      "keys": [
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; records are bytes."
              }
            ]
          },
          "label": "Framing",
          "help": "How records are joined into the stream.",
          "default": "lines",
          "optional": false,
          "with": null
        }
      ],
      "promise": "unconfirmed",
      "otherwise": [],
      "several": {
        "is": "refused",
        "because": "a process has one standard input and one standard output"
      },
      "facts": {
        "acknowledged": "A record counts as delivered when the system took it: a pipe holds some that its reader hasn't seen.",
        "ordering": "The pipeline's.",
        "security": "As whoever started the process has it. An agent speaks over these streams itself: a run of an agent refuses them.",
        "limits": "4 MiB are in memory, and then the pipeline waits for the reader.",
        "other_end": "host",
        "failures": [
          [
            "The reader closes the pipe",
            "`E_STDOUT_WRITE`; the run fails, and what the pipe held is lost."
          ],
          [
            "The reader takes nothing, and SIGTERM comes",
            "After some seconds `E_STDOUT_STUCK`."
          ],
          [
            "The process or the host ends",
            "What the pipe held may be lost; records behind the checkpoint come again, where the source has them."
          ],
          [
            "`--json` is given, which speaks over standard output as well, or an agent runs it",
            "`E_ADAPTER_STDIO`; the run doesn't start."
          ]
        ]
      }
    },
    "page": "What happens to a run is told on standard error.\n\n## Example\n\nMasks addresses in what another program writes.\n\n```text\nadapter.ingress.kind=stdio\nadapter.ingress.stdio.framing=lines\nadapter.egress.kind=stdio\nadapter.egress.stdio.framing=lines\n```\n\n```sh\njournalctl --output=cat | byteor-edgeplane run --spec=mask.kv > masked.log\n```\n"
  },
  {
    "kind": "http",
    "title": "HTTP",
    "summary": "Records that are posted to a server on the agent's host; or posted to a server elsewhere.",
    "ingress": {
      "does": "Take what is posted to this host",
      "keys": [
        {
          "name": "listen",
          "kind": {
            "is": "listen"
          },
          "label": "Listens at",
          "help": "An address of the agent’s host and a port, which the host’s owner must allow; 127.0.0.1 takes only what comes from the host itself.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "url_path",
          "kind": {
            "is": "url_path"
          },
          "label": "URL path",
          "help": "The one path that records are posted to.",
          "default": "/",
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; a line feed at the very end begins no other."
              },
              {
                "word": "whole",
                "label": "One a request",
                "help": "The body is one record, as it is."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Records in a body",
          "help": "How records are cut from a body.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "too_large",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "reject",
                "label": "Count and keep aside",
                "help": "Counted as rejected, written to the reject file; the request is answered with 200."
              },
              {
                "word": "refuse",
                "label": "Refuse the request",
                "help": "The request is answered with 413, and nothing of it is taken."
              }
            ]
          },
          "label": "Records that are too large",
          "help": "What becomes of a record that is longer than the largest record.",
          "default": "reject",
          "optional": false,
          "with": null
        },
        {
          "name": "max_body_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 67108864,
            "unit": "bytes"
          },
          "label": "Largest body, in bytes",
          "help": "A larger one is answered with 413.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Bodies that were read and aren’t answered; who sends more waits.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "connections",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "connections"
          },
          "label": "Connections at most",
          "help": "Others wait to be accepted.",
          "default": "256",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For room in memory, and for a body to come; then 503 or 408.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that clients send as a bearer token; left out, who reaches the address may post.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "A file with the server’s certificate and those that speak for it, in PEM form; left out, the server speaks without TLS.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret whose file holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "redelivers",
      "otherwise": [],
      "lag": {
        "is": "unknown",
        "because": "Clients keep what isn't taken, and don't say how much that is."
      },
      "several": {
        "is": "told",
        "address": "url_path",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "A request is answered with 200 and `{\"records\":N}` when each of its N records lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Who had no answer sends again.",
        "ordering": "Within a request that of the body; between requests on one connection that of the requests; otherwise none.",
        "security": "TLS 1.2 and 1.3 where a certificate is given; clients prove themselves by a bearer token. Without either, the address is the only guard. Where it may listen is the host's owner's to say (`--allow-net`).",
        "limits": "Bodies up to `max_body_bytes`, together up to `in_flight_bytes` from before they are read until they are answered; `connections` at once; 16 KiB of head, 10 s for it and for a TLS handshake; `timeout_seconds` for a body and for room.",
        "other_end": "clients",
        "failures": [
          [
            "Nothing takes records fast enough",
            "Requests wait for their answers; who waits longer than `timeout_seconds` for room gets 503 with `Retry-After`."
          ],
          [
            "Another path, method or token",
            "404, 405, 401; nothing is taken."
          ],
          [
            "A body that is too large, too slow, broken off, or cut wrongly",
            "413, 408, 400; nothing of it is taken."
          ],
          [
            "SIGTERM",
            "What was taken is delivered and answered; what wasn't gets 503, and no connection is accepted any more."
          ],
          [
            "The process or the host ends",
            "Who had no answer sends again; what of it lasted already is there twice."
          ],
          [
            "The port is taken, or not allowed",
            "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start."
          ]
        ]
      }
    },
    "egress": {
      "does": "Post to a server",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "https",
              "http"
            ]
          },
          "label": "URL",
          "help": "Where records are posted, which the host’s owner must allow. Redirects aren’t followed.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; a line feed at the very end begins no other."
              },
              {
                "word": "whole",
                "label": "One a request",
                "help": "The body is one record, as it is."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Records in a body",
          "help": "How records are joined into a body.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "Records a request at most",
          "help": "What is there when the server is ready goes into one request, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Bytes a request at most",
          "help": "A single record may be larger.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that is sent as a bearer token.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "numbered",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "url",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Records count as delivered when the server answered 2xx for their request. The source is acknowledged after that.",
        "ordering": "The pipeline's: one request at a time.",
        "security": "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. A token is refused over http, but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and redirects aren't followed.",
        "limits": "Requests up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does. The first 64 KiB of an answer are read.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, 408, 425, 429, 500, 502, 503, 504",
            "Tried again, with the same numbers: after what `Retry-After` asks for, 30 s at most, or after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "Any other answer",
            "`E_HTTP_REFUSED`; the run fails in front of the request, and goes on from there: nothing is left out silently."
          ],
          [
            "A certificate that nobody speaks for, or of another name",
            "As no connection."
          ],
          [
            "SIGTERM while the server doesn't answer",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are sent again, each under the number that it had."
          ]
        ]
      }
    },
    "page": "## What stands in a body\n\n| framing | a body |\n| --- | --- |\n| `lines` | records, each ended by a line feed, the last one may be left open (`application/x-ndjson`) |\n| `whole` | one record (`application/octet-stream`); as a sink, requests have one record each |\n| `prefixed` | each record behind its length in four bytes, the greatest first (`application/octet-stream`) |\n\nAs a source, the content type isn't looked at.\n\n## Numbers of what is sent\n\nEach record that goes out has a number, which counts on over restarts; the checkpoint keeps it.\nThe name of the stream is the same as long as the same plan reads from a source that gives the same records again: then a number means the same record. With a source that can't, each run has a stream of its own, and so has another plan.\nA request says what it holds:\n\n```\nbyteor-stream: 6f1d0c5a99e3b7f2\nbyteor-first: 1001\nbyteor-records: 500\nidempotency-key: \"6f1d0c5a99e3b7f2-1001-1500\"\n```\n\nA retry within a run has the same key and the same bytes.\nAfter a run that was cut off, records behind the checkpoint come again, perhaps in other requests, but each under its number, where the source reads the same records again: a receiver that keeps the last number of a stream and skips what it has, has each record once.\n\n## Example\n\nTakes lines from other programs of the host, and posts what the pipeline makes of them.\n\n```text\nconfig.v=1\nconfig.posture=prod\nconfig.tuning.profile=default\nconfig.record.slot_bytes=4096\nadapter.ingress.kind=http\nadapter.ingress.http.listen=127.0.0.1:8080\nadapter.ingress.http.url_path=/orders\nadapter.ingress.http.framing=lines\nadapter.ingress.http.too_large=reject\nadapter.ingress.http.max_body_bytes=1048576\nadapter.ingress.http.in_flight_bytes=16777216\nadapter.ingress.http.connections=256\nadapter.ingress.http.timeout_seconds=30\nadapter.egress.kind=http\nadapter.egress.http.url=https://collector.example/orders\nadapter.egress.http.framing=lines\nadapter.egress.http.batch_records=500\nadapter.egress.http.batch_bytes=1048576\nadapter.egress.http.timeout_seconds=30\nadapter.egress.http.token=collector\nadapter.reject.path=/data/orders/rejected.log\nsecrets.collector.kind=file\nsecrets.collector.path=/data/keys/collector\n```\n\n```sh\ncurl --data-binary @orders.ndjson http://127.0.0.1:8080/orders\n{\"records\":3}\n```\n"
  },
  {
    "kind": "grpc",
    "title": "gRPC",
    "summary": "Streams of numbered records that are acknowledged when they last: to a server on the agent's host, or to one elsewhere.",
    "ingress": {
      "does": "Take streams of gRPC",
      "keys": [
        {
          "name": "listen",
          "kind": {
            "is": "listen"
          },
          "label": "Listens at",
          "help": "An address of the agent’s host and a port, which the host’s owner must allow; 127.0.0.1 takes only what comes from the host itself.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "max_message_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Largest message, in bytes",
          "help": "A larger one ends its call.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Records that came and don’t last yet; who sends more waits.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "connections",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 1000,
            "unit": "connections"
          },
          "label": "Connections at most",
          "help": "Others wait to be accepted.",
          "default": "64",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest silence, in seconds",
          "help": "A sender that answers no ping for this long is gone.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that clients send as a bearer token; left out, who reaches the address may send.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "A file with the server’s certificate and those that speak for it, in PEM form; left out, the server speaks without TLS.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret whose file holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities of clients",
          "help": "A file with those that speak for clients, in PEM form; left out, no client needs a certificate.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "redelivers",
      "otherwise": [],
      "lag": {
        "is": "unknown",
        "because": "Senders keep what isn't acknowledged, and don't say how much that is."
      },
      "several": {
        "is": "refused",
        "because": "a service of gRPC has no path of its own: streams of several boundaries would be one"
      },
      "facts": {
        "acknowledged": "Records are acknowledged when each of them lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. The checkpoint keeps up to where each stream was taken, of the latest 64; a sender that comes again is told, and what it sends again is taken once.",
        "ordering": "That of each stream; between streams none.",
        "security": "TLS 1.2 and 1.3 where a certificate is given; clients prove themselves by a bearer token, by a certificate that `authorities` speak for, or by both. Without either, the address is the only guard. Where it may listen is the host's owner's to say (`--allow-net`).",
        "limits": "Messages up to `max_message_bytes`, records together up to `in_flight_bytes`; a message for each call besides, and 1 MiB for each connection on its way; 8 calls in a connection. While there is no room nothing is read, and pings are answered. 16 KiB of headers; 10 s for a TLS handshake, for a first call and for a hello.",
        "other_end": "clients",
        "failures": [
          [
            "Nothing takes records fast enough",
            "Calls wait: nothing is read from them, and HTTP/2 holds their senders up. Pings are answered all the same."
          ],
          [
            "A message is too large or broken, a number leaves some out, no hello",
            "The call ends with OUT_OF_RANGE, INTERNAL, FAILED_PRECONDITION, INVALID_ARGUMENT; nothing of the message is taken."
          ],
          [
            "Another token, another method",
            "UNAUTHENTICATED, UNIMPLEMENTED; nothing is read."
          ],
          [
            "A second call with the name of a stream",
            "The first one ends with ABORTED: its sender was cut off from it, most of the time, and came again."
          ],
          [
            "The sender answers no ping",
            "Half of `timeout_seconds` after the last word it is asked, and after as long again its connection is ended."
          ],
          [
            "SIGTERM",
            "What was taken is delivered and acknowledged; then calls end with UNAVAILABLE, and no connection is accepted any more."
          ],
          [
            "The process or the host ends",
            "Senders are told up to where the checkpoint is, and go on behind it. What of that lasted at the sink already is there twice, unless the sink takes it back, as a file does."
          ],
          [
            "The port is taken, or not allowed",
            "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start."
          ]
        ]
      }
    },
    "egress": {
      "does": "Send a stream of gRPC",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "https",
              "http"
            ]
          },
          "label": "URL",
          "help": "The server, such as https://collector.example:443, which the host’s owner must allow.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "Records a message at most",
          "help": "What is there goes into one message, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 4000000,
            "unit": "bytes"
          },
          "label": "Bytes a message at most",
          "help": "A single record may be larger. Servers take 4 MiB, where nobody says otherwise.",
          "default": "262144",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "To connect and to be welcomed; and a server that answers no ping for this long is gone.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that is sent as a bearer token.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "A file with this client’s certificate and those that speak for it, in PEM form, where the server asks for one.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret whose file holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "numbered",
      "otherwise": [],
      "several": {
        "is": "refused",
        "because": "a service of gRPC has no path of its own: streams of several boundaries would be one"
      },
      "facts": {
        "acknowledged": "Records count as delivered when the server acknowledged them. The source is acknowledged after that.",
        "ordering": "The pipeline's: one call at a time.",
        "security": "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. This side may prove itself by a bearer token, which is refused over http but to the host itself, and by `certificate`. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection.",
        "limits": "Messages up to `batch_records` and `batch_bytes`, of which 8 may wait for their acknowledgement; `batch_bytes` more wait in memory, and then the pipeline does. 64 KiB of an answer.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no welcome in `timeout_seconds`, the call ends, no answer to a ping",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over. The server says where the stream goes on."
          ],
          [
            "INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, UNAUTHENTICATED",
            "`E_GRPC_REFUSED`; the run fails in front of what wasn't acknowledged, and goes on from there: nothing is left out silently. Any other status is tried again."
          ],
          [
            "The server goes on behind fewer records than it acknowledged",
            "`E_GRPC_BEHIND`; the run fails: what is between is lost at the server, and this side doesn't have it any more."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "A certificate that nobody speaks for, or of another name",
            "As no connection."
          ],
          [
            "SIGTERM while the server acknowledges nothing",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are sent again, each under the number that it had, but for those that the server says it has."
          ]
        ]
      }
    },
    "page": "## The interface\n\n[`spec/byteor_v1.proto`](../../../spec/byteor_v1.proto) is the whole of it: one service with one method, `byteor.v1.Records/Deliver`, a stream in both directions.\n\n| from | message | what it is |\n| --- | --- | --- |\n| the sender | `Hello` | first: the name of its stream |\n| the receiver | `Welcome` | first: up to which number the stream lasts there, if it knows |\n| the sender | `Batch` | the number of the first record, and the records, any bytes |\n| the receiver | `Acknowledgement` | everything up to this number lasts |\n\nNumbers begin with 1 and count on by one, over batches, calls and restarts; under one name, a number always means the same record.\nA sender keeps what isn't acknowledged.\nWhen a call ends it makes another one, and goes on behind the position of the welcome; where there is none, behind what was acknowledged to it.\nA receiver takes what it has once, whatever comes again, and refuses a batch that leaves numbers out.\nThe first batch of a stream that it doesn't know may begin anywhere.\nA receiver that keeps no positions leaves them out of its welcome; what comes again then stands there under its number.\nA call that ends without a hello is a trial, which is answered with OK.\n\nThe name of a pipeline's stream is sixteen hexadecimal digits, the same as long as the same plan reads from a source that gives the same records again; otherwise each run has one of its own.\n\n## Once, between two pipelines\n\nA source keeps, in the checkpoint and beside the records, up to where it took each stream.\nSo a sender that numbers its records the same way each time has each of them there once where the sink is one that takes back what is behind the checkpoint: a file.\nTwo pipelines, file to gRPC and gRPC to file, deliver each record once, whichever of the two is killed, and the tests kill both; the table says at least once, because it can't know what other senders do.\n\n## Example\n\nTakes streams from other programs of the host, and sends what the pipeline makes of them to a collector.\n\n```text\nconfig.v=1\nconfig.posture=prod\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\nadapter.ingress.kind=grpc\nadapter.ingress.grpc.listen=127.0.0.1:50051\nadapter.ingress.grpc.max_message_bytes=1048576\nadapter.ingress.grpc.in_flight_bytes=16777216\nadapter.ingress.grpc.connections=64\nadapter.ingress.grpc.timeout_seconds=30\nadapter.egress.kind=grpc\nadapter.egress.grpc.url=https://collector.example:443\nadapter.egress.grpc.batch_records=500\nadapter.egress.grpc.batch_bytes=262144\nadapter.egress.grpc.timeout_seconds=30\nadapter.egress.grpc.token=collector\nadapter.reject.path=/data/orders/rejected.log\nsecrets.collector.kind=file\nsecrets.collector.path=/data/keys/collector\n```\n\nA sender in Python, with what `python3 -m grpc_tools.protoc -Ispec --python_out=. --grpc_python_out=. spec/byteor_v1.proto` makes:\n\n```python\nimport grpc\nfrom byteor_v1_pb2 import Batch, FromSender, Hello\nfrom byteor_v1_pb2_grpc import RecordsStub\n\n\ndef messages():\n    yield FromSender(hello=Hello(stream=\"orders\"))\n    yield FromSender(batch=Batch(first=1, records=[b\"one\", b\"two\"]))\n\n\nwith grpc.insecure_channel(\"127.0.0.1:50051\") as channel:\n    for said in RecordsStub(channel).Deliver(messages()):\n        print(said)\n```\n"
  },
  {
    "kind": "websocket",
    "title": "WebSocket",
    "summary": "Messages over a WebSocket, in either direction, whichever side connects; acknowledged where both sides speak the numbered subprotocol.",
    "ingress": {
      "does": "Take messages",
      "keys": [
        {
          "name": "role",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "connect",
                "label": "Connect",
                "help": "Connects to the URL, and again whenever the connection ends."
              },
              {
                "word": "listen",
                "label": "Listen",
                "help": "Listens at the address and port of the URL, for those who ask for its path."
              }
            ]
          },
          "label": "Who connects",
          "help": "Which side makes the connection; what goes over it is the same.",
          "default": "connect",
          "optional": false,
          "with": null
        },
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "wss",
              "ws"
            ]
          },
          "label": "URL",
          "help": "What is connected to; or the address, port and path that this host listens at, such as ws://127.0.0.1:8080/orders. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "whole",
                "label": "One a message",
                "help": "A message is one record, text or bytes."
              },
              {
                "word": "lines",
                "label": "Lines",
                "help": "A message has several records, one a line."
              },
              {
                "word": "numbered",
                "label": "Numbered and acknowledged",
                "help": "The subprotocol byteor.numbered.v1: records have numbers, and are acknowledged once they last."
              }
            ]
          },
          "label": "Records in a message",
          "help": "How records are cut from a message.",
          "default": "whole",
          "optional": false,
          "with": null
        },
        {
          "name": "max_message_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Largest message, in bytes",
          "help": "A larger one ends its connection.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Messages that came and don’t last yet; who sends more waits.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "connections",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "connections"
          },
          "label": "Connections at most",
          "help": "Where this side listens; others wait to be accepted.",
          "default": "256",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a handshake; and a peer that says nothing for this long, also when it is asked, is gone.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that the side which connects sends as a bearer token; left out, none is sent or asked for.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "A file with this side’s certificate and those that speak for it, in PEM form. Who listens at wss needs one; who connects may prove itself by one.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret whose file holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the other side, in PEM form; left out, who connects believes those that browsers believe, and who listens asks for no certificate.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "forgets",
      "otherwise": [
        [
          "framing",
          "numbered",
          "redelivers"
        ]
      ],
      "lag": {
        "is": "unknown",
        "because": "The other side keeps what it hasn't sent, and doesn't say how much that is."
      },
      "several": {
        "is": "told",
        "address": "url",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": [
          [
            "role",
            "listen",
            "where this side listens at a path, it does so for one boundary"
          ]
        ]
      },
      "facts": {
        "acknowledged": "With `numbered`, a message is acknowledged when each of its records lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Otherwise nothing is told to anybody.",
        "ordering": "That of each connection; between connections none.",
        "security": "TLS 1.2 and 1.3 over wss: who listens proves itself by `certificate`, who connects may; the other's is held against `authorities`. The side that connects may prove itself by a bearer token, which is refused over ws but to the host itself. What may be reached or listened at is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and redirects aren't followed.",
        "limits": "Messages up to `max_message_bytes`, together up to `in_flight_bytes`, and one more for each connection; while there is no room, nothing is read. 10 s for a TLS handshake and for the head of a request.",
        "other_end": "either",
        "failures": [
          [
            "The connection ends, or the server doesn't answer",
            "Where this side connects: tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "A message is too large, or broken",
            "The connection is closed with 1009 or 1002, and nothing of the message is taken."
          ],
          [
            "The peer says nothing for half of `timeout_seconds`",
            "It is asked by a ping; after as long again without a word the connection is ended."
          ],
          [
            "Another path, token or subprotocol",
            "404, 401, 400 to the handshake."
          ],
          [
            "The server refuses the handshake",
            "`E_WEBSOCKET_REFUSED`; the run fails. 409, 429 and 5xx are tried again."
          ],
          [
            "SIGTERM",
            "What was taken is delivered, and with `numbered` acknowledged; the connection is closed with 1001."
          ],
          [
            "The process or the host ends",
            "With `numbered`, who had no acknowledgement sends again; otherwise what was taken and isn't delivered is lost."
          ],
          [
            "The port is taken, or not allowed",
            "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start."
          ]
        ]
      }
    },
    "egress": {
      "does": "Send messages",
      "keys": [
        {
          "name": "role",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "connect",
                "label": "Connect",
                "help": "Connects to the URL, and again whenever the connection ends."
              },
              {
                "word": "listen",
                "label": "Listen",
                "help": "Listens at the address and port of the URL, for those who ask for its path."
              }
            ]
          },
          "label": "Who connects",
          "help": "Which side makes the connection; what goes over it is the same.",
          "default": "connect",
          "optional": false,
          "with": null
        },
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "wss",
              "ws"
            ]
          },
          "label": "URL",
          "help": "What is connected to; or the address, port and path that this host listens at, such as ws://127.0.0.1:8080/orders. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "text",
                "label": "One a message, as text",
                "help": "A record is a message of text, and has to be UTF-8."
              },
              {
                "word": "binary",
                "label": "One a message, as bytes",
                "help": "A record is a message of bytes."
              },
              {
                "word": "lines",
                "label": "Lines",
                "help": "A message of text has several records, one a line."
              },
              {
                "word": "numbered",
                "label": "Numbered and acknowledged",
                "help": "The subprotocol byteor.numbered.v1: records have numbers, and are sent again until they are acknowledged."
              }
            ]
          },
          "label": "Records in a message",
          "help": "How records are joined into a message.",
          "default": "text",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "Records a message at most",
          "help": "Where a message has several: what is there goes into one, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Bytes a message at most",
          "help": "A single record may be larger.",
          "default": "262144",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a handshake; and a peer that says nothing for this long, also when it is asked, is gone.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "Where this side connects: how long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "token",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the bearer token",
          "help": "The name of a secret that the side which connects sends as a bearer token; left out, none is sent or asked for.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "A file with this side’s certificate and those that speak for it, in PEM form. Who listens at wss needs one; who connects may prove itself by one.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret whose file holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the other side, in PEM form; left out, who connects believes those that browsers believe, and who listens asks for no certificate.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "unconfirmed",
      "otherwise": [
        [
          "framing",
          "numbered",
          "numbered"
        ]
      ],
      "several": {
        "is": "told",
        "address": "url",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": [
          [
            "role",
            "listen",
            "where this side listens at a path, it does so for one boundary"
          ]
        ]
      },
      "facts": {
        "acknowledged": "With `numbered`, records count as delivered when the other side acknowledged them. Otherwise when the system took the message: the network may still lose it.",
        "ordering": "The pipeline's. Where this side listens, one client at a time has the records.",
        "security": "TLS 1.2 and 1.3 over wss: who listens proves itself by `certificate`, who connects may; the other's is held against `authorities`. The side that connects may prove itself by a bearer token, which is refused over ws but to the host itself. What may be reached or listened at is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and redirects aren't followed.",
        "limits": "Messages up to `batch_records` and `batch_bytes`, of which 8 may wait for their acknowledgement; `batch_bytes` more wait in memory, and then the pipeline does.",
        "other_end": "either",
        "failures": [
          [
            "No connection",
            "Records wait. Where this side connects it is tried again, as above; where it listens, a client may come at any time."
          ],
          [
            "The connection ends before an acknowledgement",
            "With `numbered`, the messages are sent again over the next one, under the same numbers. Otherwise what the system had taken is lost."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "A record isn't UTF-8 and the framing is `text` or `lines`",
            "`E_WEBSOCKET_TEXT`; the run fails in front of it."
          ],
          [
            "A second client connects",
            "409 to its handshake, while the first one is there."
          ],
          [
            "SIGTERM while nobody takes the records",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are sent again; with `numbered`, each under the number that it had."
          ]
        ]
      }
    },
    "page": "## The numbered subprotocol\n\nBoth sides name `byteor.numbered.v1` in `Sec-WebSocket-Protocol`.\nThe side that sends records begins with a message of text: the name of its stream, sixteen hexadecimal digits, the same as long as the same plan reads from a source that gives the same records again; otherwise each run has one of its own.\nThen come messages of bytes:\n\n| from | bytes | what they are |\n| --- | --- | --- |\n| the sender | 8, then records | the number of the first record, the greatest byte first; then each record behind its length in four bytes, the greatest first |\n| the receiver | 8 | the number of the last record of a message: everything up to it lasts |\n\nNumbers count on by one, over messages, connections and restarts.\nAt most eight messages wait for their acknowledgement; when a connection ends, they are sent again over the next one.\nA receiver that keeps the last number of a stream and skips what it has, has each record once.\n\n## Example\n\nTakes messages from other programs of the host, and sends what the pipeline makes of them to a server that acknowledges them.\n\n```text\nadapter.ingress.kind=websocket\nadapter.ingress.websocket.role=listen\nadapter.ingress.websocket.url=ws://127.0.0.1:8080/orders\nadapter.ingress.websocket.framing=whole\nadapter.ingress.websocket.max_message_bytes=1048576\nadapter.ingress.websocket.in_flight_bytes=16777216\nadapter.ingress.websocket.connections=256\nadapter.ingress.websocket.timeout_seconds=30\nadapter.egress.kind=websocket\nadapter.egress.websocket.role=connect\nadapter.egress.websocket.url=wss://collector.example/orders\nadapter.egress.websocket.framing=numbered\nadapter.egress.websocket.batch_records=500\nadapter.egress.websocket.batch_bytes=262144\nadapter.egress.websocket.timeout_seconds=30\n```\n\n```js\nconst socket = new WebSocket('ws://127.0.0.1:8080/orders');\nsocket.onopen = () => socket.send('one record');\n```\n"
  },
  {
    "kind": "redis",
    "title": "Redis Streams",
    "summary": "Entries of a Redis stream that a consumer group reads; or entries that are added to one.",
    "ingress": {
      "does": "Read a Redis stream",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "rediss",
              "redis"
            ]
          },
          "label": "Server",
          "help": "Host and port, with the number of the database as the path where it isn’t 0; rediss speaks TLS. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "The key of the stream. One that isn’t there is made.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "group",
          "kind": {
            "is": "text"
          },
          "label": "Group",
          "help": "The consumer group. One that isn’t there is made.",
          "default": "byteor",
          "optional": false,
          "with": null
        },
        {
          "name": "consumer",
          "kind": {
            "is": "text"
          },
          "label": "Consumer",
          "help": "Who reads for the group; {host} stands for the host’s name, so that each host is one of its own.",
          "default": "{host}",
          "optional": false,
          "with": null
        },
        {
          "name": "start",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "start",
                "label": "At the oldest entry",
                "help": "Everything that the stream has."
              },
              {
                "word": "end",
                "label": "Behind the newest entry",
                "help": "Only what is added from now on."
              }
            ]
          },
          "label": "Where to begin",
          "help": "Where the group isn’t there yet; otherwise it goes on where it was.",
          "default": "start",
          "optional": false,
          "with": null
        },
        {
          "name": "field",
          "kind": {
            "is": "text"
          },
          "label": "Field",
          "help": "The field of an entry that the record stands in.",
          "default": "record",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "entries"
          },
          "label": "Entries a read at most",
          "help": "What is there is read at once, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Entries that were read and don’t last yet; then nothing is read.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "claim_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 86400,
            "unit": "seconds"
          },
          "label": "Take over after, in seconds",
          "help": "Entries that another consumer read and didn’t acknowledge for this long. Longer than a sink may be down, or they come twice.",
          "default": "60",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user of the server; left out, its default one.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "redelivers",
      "otherwise": [],
      "lag": {
        "is": "told",
        "unit": "entries",
        "means": "Entries that nobody of the group read yet, and those that were read and aren't acknowledged, by whichever consumer: what `XINFO GROUPS` says as `lag` and `pending`, asked for once a second. Not known before Redis 7, and where entries were deleted in between."
      },
      "several": {
        "is": "told",
        "address": "stream",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "An entry is acknowledged (`XACK`) when its record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint.",
        "ordering": "The stream's for one consumer, but for entries that come again or are taken over; between several consumers of a group none.",
        "security": "TLS 1.2 and 1.3 over rediss; the server is checked by name against `authorities`. A user and a password, which is refused over redis but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "Entries up to `in_flight_bytes`, and one read of `batch_records` besides. Redis 6.2 or newer; one server, no cluster and no sentinel.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the server loads, follows another or is full",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "An entry has no such field",
            "Counted as rejected; its id and its fields go to the reject file, and it is acknowledged."
          ],
          [
            "Entries were removed before they were read, or before they were delivered",
            "`N_REDIS_TRIMMED` says how many, the first from Redis 7 on; the pipeline goes on."
          ],
          [
            "Another consumer of the group ends",
            "What it read and didn't acknowledge is taken over after `claim_after_seconds`."
          ],
          [
            "The user, the password or the kind of the key is wrong",
            "`E_REDIS_REFUSED`; the run fails."
          ],
          [
            "SIGTERM",
            "What was read is delivered and acknowledged."
          ],
          [
            "The process or the host ends",
            "The next run of the same consumer begins with what wasn't acknowledged; what of it lasted already is there twice."
          ]
        ]
      }
    },
    "egress": {
      "does": "Add to a Redis stream",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "rediss",
              "redis"
            ]
          },
          "label": "Server",
          "help": "Host and port, with the number of the database as the path where it isn’t 0; rediss speaks TLS. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "The key of the stream. One that isn’t there is made.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "field",
          "kind": {
            "is": "text"
          },
          "label": "Field",
          "help": "The field of an entry that the record stands in.",
          "default": "record",
          "optional": false,
          "with": null
        },
        {
          "name": "keep_entries",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 1000000000,
            "unit": "entries"
          },
          "label": "Entries that are kept",
          "help": "About how many entries the stream keeps, the newest; left out, all, until somebody else trims it.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "Records at once at most",
          "help": "What is there when the server is ready is sent at once, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Bytes at once at most",
          "help": "A single record may be larger.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user of the server; left out, its default one.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "repeats",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "stream",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Records count as delivered when the server answered each `XADD` of a batch. How much of that outlives the server is its `appendfsync`'s to say: with `always` all.",
        "ordering": "The pipeline's: one batch at a time.",
        "security": "TLS 1.2 and 1.3 over rediss; the server is checked by name against `authorities`. A user and a password, which is refused over redis but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "Batches up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the server loads, follows another or is full",
            "The batch is tried again, after longer and longer, random times, 2 s at most; what of it was added already is there twice. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "The user, the password or the kind of the key is wrong",
            "`E_REDIS_REFUSED`; the run fails in front of the batch, and goes on from there."
          ],
          [
            "SIGTERM while the server doesn't answer",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are added again."
          ]
        ]
      }
    },
    "page": "## Several hosts\n\nA pipeline that outgrows a host runs on several, each as a consumer of the same group: the server gives every entry to one of them.\n`{host}` in the consumer's name makes each host one of its own; two runs of one host need two names.\n\n## Example\n\nReads a stream, and adds what the pipeline makes of it to another one that keeps about a million entries.\n\n```text\nadapter.ingress.kind=redis\nadapter.ingress.redis.url=redis://127.0.0.1:6379\nadapter.ingress.redis.stream=orders\nadapter.ingress.redis.group=byteor\nadapter.ingress.redis.consumer={host}\nadapter.ingress.redis.start=start\nadapter.ingress.redis.field=record\nadapter.ingress.redis.batch_records=500\nadapter.ingress.redis.in_flight_bytes=16777216\nadapter.ingress.redis.claim_after_seconds=60\nadapter.ingress.redis.timeout_seconds=10\nadapter.egress.kind=redis\nadapter.egress.redis.url=redis://127.0.0.1:6379\nadapter.egress.redis.stream=orders-masked\nadapter.egress.redis.field=record\nadapter.egress.redis.keep_entries=1000000\nadapter.egress.redis.batch_records=500\nadapter.egress.redis.batch_bytes=1048576\nadapter.egress.redis.timeout_seconds=10\n```\n\n```sh\nredis-cli XADD orders '*' record 'one record'\n```\n"
  },
  {
    "kind": "postgres",
    "title": "PostgreSQL",
    "summary": "Rows of a table that is added to; or records that are written into a table, together with how far they reach.",
    "ingress": {
      "does": "Read a table",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "postgres"
            ]
          },
          "label": "Server",
          "help": "Host and port, 5432 where none is written. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "database",
          "kind": {
            "is": "text"
          },
          "label": "Database",
          "help": "The database that has the table.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "schema",
          "kind": {
            "is": "text"
          },
          "label": "Schema",
          "help": "The schema of the table, as it is written in the catalogue.",
          "default": "public",
          "optional": false,
          "with": null
        },
        {
          "name": "table",
          "kind": {
            "is": "text"
          },
          "label": "Table",
          "help": "The table, as it is written in the catalogue. It has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "format",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "json",
                "label": "A JSON object each",
                "help": "Each field goes into the column of its name."
              },
              {
                "word": "line",
                "label": "Whole, into one column",
                "help": "The record as it is goes into one column: text, json, jsonb or bytea."
              }
            ]
          },
          "label": "Records",
          "help": "What of a row becomes a record.",
          "default": "json",
          "optional": false,
          "with": null
        },
        {
          "name": "columns",
          "kind": {
            "is": "text"
          },
          "label": "Columns",
          "help": "Those that are read, with commas between; left out, all but that of the transaction.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "transaction_column",
          "kind": {
            "is": "text"
          },
          "label": "Column of the transaction",
          "help": "Which transaction wrote the row: of the type xid8, with pg_current_xact_id() as its default. Without it rows that are committed late would be missed.",
          "default": "written_by",
          "optional": false,
          "with": null
        },
        {
          "name": "key_column",
          "kind": {
            "is": "text"
          },
          "label": "Column of the key",
          "help": "Orders the rows of one transaction, of which each has another key.",
          "default": "id",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 50000,
            "unit": "rows"
          },
          "label": "Rows a read at most",
          "help": "What is there is read at once, up to this.",
          "default": "1000",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Rows that were read and don’t last yet; then nothing is read.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "poll_milliseconds",
          "kind": {
            "is": "number",
            "min": 10,
            "max": 600000,
            "unit": "milliseconds"
          },
          "label": "Looks again after, in milliseconds",
          "help": "Where a read had less than it may have.",
          "default": "1000",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for a read; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The role that reads.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "tls",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "verify",
                "label": "With TLS",
                "help": "The server has to prove itself by a certificate with its name."
              },
              {
                "word": "off",
                "label": "Without",
                "help": "For everybody on the way to read; a password is refused then, but to the host itself."
              }
            ]
          },
          "label": "Connection",
          "help": "Whether the connection is secured by TLS.",
          "default": "verify",
          "optional": false,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "resumes",
      "otherwise": [],
      "lag": {
        "is": "told",
        "unit": "rows",
        "means": "Rows that were read and don't last yet; or more, where the last read was a full one: counting the rest would mean to read it. Rows of transactions that are still running, or younger than such a one, aren't counted."
      },
      "several": {
        "is": "told",
        "address": "table",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Nothing is told to the server: how far the pipeline is stands in its checkpoint, and the next run reads on from there.",
        "ordering": "By transaction, in the order in which they began to write, and in each by `key_column`. Rows are read once every transaction that began before theirs has ended.",
        "security": "TLS 1.2 and 1.3; the server is checked by name against `authorities`. The user proves itself by a password (SCRAM), which is refused without TLS but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection. Names of tables and columns are quoted, never pasted.",
        "limits": "Tables whose rows are added and stay as they are, at least until they are read and in the checkpoint: what is changed or removed before that may be missed or come as it is then. Rows up to `in_flight_bytes`, and one read of `batch_records` besides. A transaction that stays open anywhere on the server holds back what came after it. PostgreSQL 13 or newer.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the server starts, stops or is full",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "The table or a column isn't there, the column of the transaction is no `xid8`, or one of the two may be null",
            "`E_POSTGRES_SCHEMA` before the first record, with the table, the column and what to do; the run fails."
          ],
          [
            "The user or the password is wrong, or a right is missing",
            "`E_POSTGRES_REFUSED`; the run fails."
          ],
          [
            "The checkpoint speaks of another table or database",
            "`N_POSTGRES_ANEW`; the table is read from its beginning."
          ],
          [
            "A row is larger than `in_flight_bytes`",
            "`E_POSTGRES_ROW`; the run fails in front of it."
          ],
          [
            "SIGTERM",
            "What was read is delivered."
          ],
          [
            "The process or the host ends",
            "The next run reads on from its checkpoint, the same rows in the same order."
          ]
        ]
      }
    },
    "egress": {
      "does": "Write into a table",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "postgres"
            ]
          },
          "label": "Server",
          "help": "Host and port, 5432 where none is written. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "database",
          "kind": {
            "is": "text"
          },
          "label": "Database",
          "help": "The database that has the table.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "schema",
          "kind": {
            "is": "text"
          },
          "label": "Schema",
          "help": "The schema of the table, as it is written in the catalogue.",
          "default": "public",
          "optional": false,
          "with": null
        },
        {
          "name": "table",
          "kind": {
            "is": "text"
          },
          "label": "Table",
          "help": "The table, as it is written in the catalogue. It has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "format",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "json",
                "label": "A JSON object each",
                "help": "Each field goes into the column of its name."
              },
              {
                "word": "line",
                "label": "Whole, into one column",
                "help": "The record as it is goes into one column: text, json, jsonb or bytea."
              }
            ]
          },
          "label": "Records",
          "help": "What becomes of a record in the table.",
          "default": "json",
          "optional": false,
          "with": null
        },
        {
          "name": "columns",
          "kind": {
            "is": "text"
          },
          "label": "Columns",
          "help": "Those that are written, with commas between; left out, all that have no default. A field that a record doesn’t have is null.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "other_fields",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "reject",
                "label": "Reject the record",
                "help": "The record goes to the reject file with the name of the field."
              },
              {
                "word": "ignore",
                "label": "Leave them out",
                "help": "The record is written without them."
              }
            ]
          },
          "label": "Fields without a column",
          "help": "What becomes of a record that has one.",
          "default": "reject",
          "optional": false,
          "with": null
        },
        {
          "name": "write",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "append",
                "label": "A new row each",
                "help": "Written by COPY."
              },
              {
                "word": "upsert",
                "label": "One row for each key",
                "help": "A record with the key of a row takes its place; of several, the last."
              }
            ]
          },
          "label": "Rows",
          "help": "How records become rows.",
          "default": "append",
          "optional": false,
          "with": null
        },
        {
          "name": "key_columns",
          "kind": {
            "is": "text"
          },
          "label": "Columns of the key",
          "help": "Where there is one row for each key: its columns, with commas between. The table needs a unique index of exactly these.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "positions",
          "kind": {
            "is": "text"
          },
          "label": "Table of positions",
          "help": "A small table in the same schema, with a row for each pipeline: how far it is, written with its records. One that isn’t there is made.",
          "default": "byteor_positions",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 50000,
            "unit": "records"
          },
          "label": "Records a transaction at most",
          "help": "What is there when the server is ready goes into one transaction, up to this.",
          "default": "2000",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Bytes a transaction at most",
          "help": "A single record may be larger.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for a transaction; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The role that writes.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "tls",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "verify",
                "label": "With TLS",
                "help": "The server has to prove itself by a certificate with its name."
              },
              {
                "word": "off",
                "label": "Without",
                "help": "For everybody on the way to read; a password is refused then, but to the host itself."
              }
            ]
          },
          "label": "Connection",
          "help": "Whether the connection is secured by TLS.",
          "default": "verify",
          "optional": false,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "deduplicates",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "table",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Records count as delivered when their transaction is committed. How far the pipeline is goes into the same transaction, and the next run, or the next connection, leaves out what is there.",
        "ordering": "The pipeline's: one transaction at a time.",
        "security": "TLS 1.2 and 1.3; the server is checked by name against `authorities`. The user proves itself by a password (SCRAM), which is refused without TLS but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection. Names of tables and columns are quoted, never pasted.",
        "limits": "Transactions up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does. PostgreSQL 13 or newer, spoken to without a pooler that changes servers between statements.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the server starts, stops, is full, can't be written to, or breaks a deadlock",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from there."
          ],
          [
            "A record is no object, has a field without a column, a value that its column doesn't take, or breaks a constraint",
            "It is counted as rejected and goes to the reject file, behind the reason and a tab; the others of its transaction are written. `N_RECORD_REFUSED` says so once a minute at most."
          ],
          [
            "The table, a column or the unique index of the key isn't there, or a column that needs a value isn't written",
            "`E_POSTGRES_SCHEMA` before the first record, with the table, the column and what to do; the run fails."
          ],
          [
            "The user or the password is wrong, or a right is missing, also one that is taken away later",
            "`E_POSTGRES_REFUSED`; the run fails in front of the transaction, and goes on from there."
          ],
          [
            "The table of positions is behind the checkpoint, as after a backup was restored",
            "`E_POSTGRES_BEHIND`; the run doesn't go on as if nothing were missing."
          ],
          [
            "A run was killed, and the next one has another spec, another source or another table",
            "`E_POSTGRES_AHEAD` where the table has more than the checkpoint: which of that the new one would write can't be known."
          ],
          [
            "Another run writes under the same checkpoint",
            "`E_POSTGRES_TAKEN`; the older one fails."
          ],
          [
            "SIGTERM while the server doesn't answer",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from there."
          ],
          [
            "The process, the host or the server ends",
            "The next run goes on behind what is in the table: nothing is lost, and nothing is there twice."
          ]
        ]
      }
    },
    "page": "## A table as a source\n\nRows are read in the order of the transactions that wrote them, so each carries the number of its own ([why](../../decisions/0173-rows-are-read-by-transaction.md)):\n\n```sql\nALTER TABLE public.events ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();\nCREATE INDEX ON public.events (written_by, id);\n```\n\nRows that were there before get the number of that change, all the same one, and come in the order of their keys.\nA row becomes a JSON object by PostgreSQL's own rules (`row_to_json`), or one of its columns becomes the record.\n\n## Rows from JSON objects\n\nA record is an object such as `{\"id\":7,\"at\":\"2026-03-01T12:00:00Z\",\"tags\":[\"a\",\"b\"],\"more\":{\"x\":1}}`.\nA string is read as PostgreSQL reads text of the column's type; a number as it is written; `true` and `false` as booleans.\nA JSON array becomes an array where the column is one, and any value becomes itself where the column is `json` or `jsonb`.\n`null`, and a field that isn't there, is `NULL`: columns with a default are left out unless `columns` names them.\n\n## How far a pipeline is\n\nThe table of positions has a row for each pipeline:\n\n```sql\nCREATE TABLE public.byteor_positions (\n  stream text PRIMARY KEY,         -- the pipeline, as in its checkpoint (output.stream)\n  number bigint NOT NULL,          -- records that are written, or refused\n  owner text NOT NULL,             -- the run that writes\n  pipeline text NOT NULL,          -- digest of the spec, the source and the table\n  refused bigint[] NOT NULL,       -- numbers of refused records that no checkpoint has yet\n  reasons text[] NOT NULL,         -- why, in the same order\n  at timestamptz NOT NULL DEFAULT now()\n);\n```\n\nWhere the user may not make tables, its owner makes it so, and grants `SELECT`, `INSERT` and `UPDATE` on it.\nRecords get their numbers in the pipeline's order, so a run that goes on from a checkpoint gives the same ones again, and those up to `number` are left out.\nWith a source that can't be read again from a position the numbers say nothing about an earlier run, and the row begins anew at each start ([delivery](README.md#delivery)).\n\nA record that two rows of one transaction could be is written one after the other: of several with one key the last one stands.\n\n## Example\n\nReads a table of events, and keeps one row for each order.\n\n```sql\nCREATE TABLE public.events (\n  id bigserial PRIMARY KEY,\n  written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),\n  \"order\" bigint NOT NULL, at timestamptz NOT NULL, amount numeric\n);\nCREATE TABLE public.orders (\"order\" bigint PRIMARY KEY, at timestamptz NOT NULL, amount numeric);\n```\n\n```text\nadapter.ingress.kind=postgres\nadapter.ingress.postgres.url=postgres://127.0.0.1:5432\nadapter.ingress.postgres.database=shop\nadapter.ingress.postgres.schema=public\nadapter.ingress.postgres.table=events\nadapter.ingress.postgres.format=json\nadapter.ingress.postgres.columns=order,at,amount\nadapter.ingress.postgres.transaction_column=written_by\nadapter.ingress.postgres.key_column=id\nadapter.ingress.postgres.batch_records=1000\nadapter.ingress.postgres.in_flight_bytes=16777216\nadapter.ingress.postgres.poll_milliseconds=1000\nadapter.ingress.postgres.timeout_seconds=30\nadapter.ingress.postgres.user=byteor\nadapter.ingress.postgres.tls=off\nadapter.egress.kind=postgres\nadapter.egress.postgres.url=postgres://127.0.0.1:5432\nadapter.egress.postgres.database=shop\nadapter.egress.postgres.schema=public\nadapter.egress.postgres.table=orders\nadapter.egress.postgres.format=json\nadapter.egress.postgres.other_fields=reject\nadapter.egress.postgres.write=upsert\nadapter.egress.postgres.key_columns=order\nadapter.egress.postgres.positions=byteor_positions\nadapter.egress.postgres.batch_records=2000\nadapter.egress.postgres.batch_bytes=1048576\nadapter.egress.postgres.timeout_seconds=30\nadapter.egress.postgres.user=byteor\nadapter.egress.postgres.tls=off\n```\n\n```sh\npsql -h 127.0.0.1 shop -c 'SELECT number FROM byteor_positions'\n```\n"
  },
  {
    "kind": "postgres_changes",
    "title": "PostgreSQL changes",
    "summary": "Inserts, updates and deletes of the tables of a publication, by logical replication, each a record.",
    "ingress": {
      "does": "Follow the changes of PostgreSQL tables",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "postgres"
            ]
          },
          "label": "Server",
          "help": "Host and port, 5432 where none is written. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "database",
          "kind": {
            "is": "text"
          },
          "label": "Database",
          "help": "The database that has the table.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "publication",
          "kind": {
            "is": "text"
          },
          "label": "Publication",
          "help": "Says which tables, which of their columns and rows, and which kinds of changes. It has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "slot",
          "kind": {
            "is": "text"
          },
          "label": "Slot",
          "help": "The replication slot, of the plugin pgoutput, which keeps what this pipeline hasn’t read. It is this pipeline’s own: a second reader would take changes away from it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "missing_slot",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "fail",
                "label": "Fail",
                "help": "Whoever runs the server makes it, and this user needs no right to."
              },
              {
                "word": "create",
                "label": "Make it",
                "help": "Changes from then on are read; only where nothing was read before."
              }
            ]
          },
          "label": "A slot that isn’t there",
          "help": "What becomes of a slot that isn’t there when the pipeline starts.",
          "default": "fail",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Changes that came and don’t last yet; then nothing is read, and the server keeps the rest. Larger than the largest row.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection, and for a server that was asked whether it is there; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The role that reads: it needs REPLICATION, and no right to the tables.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "tls",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "verify",
                "label": "With TLS",
                "help": "The server has to prove itself by a certificate with its name."
              },
              {
                "word": "off",
                "label": "Without",
                "help": "For everybody on the way to read; a password is refused then, but to the host itself."
              }
            ]
          },
          "label": "Connection",
          "help": "Whether the connection is secured by TLS.",
          "default": "verify",
          "optional": false,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "resumes",
      "otherwise": [],
      "lag": {
        "is": "told",
        "unit": "bytes",
        "means": "Bytes of the server's write-ahead log behind the slot's position, also those that aren't about published tables; asked for once a second, over a connection of its own."
      },
      "several": {
        "is": "told",
        "address": "publication",
        "begins": false,
        "own": [
          "slot"
        ],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "The slot's position goes behind a transaction when all its records last: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. The server is told within a tenth of a second, and once a second that somebody is there, also while the sink takes nothing.",
        "ordering": "That in which transactions were committed, and in each that in which its changes were made.",
        "security": "TLS 1.2 and 1.3; the server is checked by name against `authorities`. The user proves itself by a password (SCRAM), which is refused without TLS but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection. The user reads every published change, whatever its rights to the tables: a publication is the place to leave columns and rows out.",
        "limits": "`in_flight_bytes` in memory. What isn't read stays in the server's write-ahead log, and fills its disk where the pipeline doesn't run: `max_slot_wal_keep_size` bounds that, and whoever is further behind loses the slot. Rows that were there before the slot aren't in it. A transaction comes once it was committed, as large as it is. PostgreSQL 13 or newer with `wal_level` `logical`.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, the server starts, stops or is full, or another connection has the slot",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "The slot isn't there, is of another plugin or database, has lost what it kept, or is behind what it was told: it was made anew, moved by somebody else, or the checkpoint is an older one",
            "`E_POSTGRES_SLOT`, which says whether changes are lost and what to do; the run fails. `N_POSTGRES_SLOT` where it was made, as `missing_slot` says."
          ],
          [
            "The publication isn't there",
            "`E_POSTGRES_PUBLICATION`; the run fails."
          ],
          [
            "The user or the password is wrong, or the role has no REPLICATION",
            "`E_POSTGRES_REFUSED`; the run fails."
          ],
          [
            "A column is added, removed or renamed",
            "Changes have the columns that the table had when they were made."
          ],
          [
            "A large value didn't change with its row, and isn't in the log",
            "Its column is left out of `new`, and stands in `unchanged`. With `REPLICA IDENTITY FULL` it is in `old`."
          ],
          [
            "Text that is no UTF-8, in a database that doesn't check it",
            "The change is counted as rejected, and goes to the reject file with the bytes replaced that aren't text."
          ],
          [
            "The checkpoint speaks of another server, database or slot",
            "`N_POSTGRES_ANEW`; what the slot has is read."
          ],
          [
            "A row is larger than `in_flight_bytes`",
            "`E_POSTGRES_ROW`; the run fails in front of it."
          ],
          [
            "What comes isn't what the protocol has",
            "`E_POSTGRES_PROTOCOL`; the run fails."
          ],
          [
            "SIGTERM",
            "What was read is delivered, and the server told, in two seconds."
          ],
          [
            "The process, the host or the server ends",
            "The server sends again what it wasn't told of; what the checkpoint has of it is left out, by the place of its transaction."
          ]
        ]
      }
    },
    "egress": null,
    "page": "## The record\n\nEach change is a JSON object in one line:\n\n```json\n{\"op\":\"update\",\"schema\":\"public\",\"table\":\"orders\",\"lsn\":\"0/1A2B3C8\",\"index\":0,\"xid\":741,\"at\":\"2026-12-01T08:15:00.250000Z\",\"key\":{\"id\":7},\"new\":{\"id\":7,\"state\":\"paid\",\"amount\":12.50},\"unchanged\":[\"note\"]}\n```\n\n| field | what it is |\n| --- | --- |\n| `op` | `insert`, `update`, `delete` or `truncate` |\n| `schema`, `table` | where |\n| `lsn`, `index` | where the transaction's commit is in the write-ahead log, and which of its records this is, from 0: together they tell each record from every other, and order them |\n| `xid`, `at` | the transaction's number, and when it was committed |\n| `key` | the columns that tell rows apart (the replica identity), as they are now; for a `delete` as they were |\n| `old_key` | the same as they were, where an update changed them |\n| `old` | the row as it was, where the table has `REPLICA IDENTITY FULL`; there is no `key` then |\n| `new` | the row as it is |\n| `unchanged` | large values that didn't change, which the server doesn't send |\n| `cascade`, `restart_identity` | of a `truncate`, which is a record for each table |\n\nNumbers, `true`, `false`, `null` and JSON stand as themselves, as `row_to_json` has them; everything else is text as PostgreSQL writes it, times in UTC.\nArrays are text too: `\"{1,2}\"`.\n\n## What the server needs\n\n```sql\nALTER SYSTEM SET wal_level = 'logical';  -- and a restart\nCREATE ROLE byteor LOGIN REPLICATION PASSWORD '…';\nCREATE PUBLICATION orders FOR TABLE public.orders;\nSELECT pg_create_logical_replication_slot('byteor_orders', 'pgoutput');\n```\n\nThe publication first: a slot that is older can't be read past the time when it was made.\n`REPLICATION` lets the role read every publication of every database that it may connect to, so it is one of its own; rights to the tables it needs none.\nWith `missing_slot` `create` the role makes the slot itself, at the first start only: a slot that is gone later isn't made again, because changes would be missing.\n\nA slot that nobody reads keeps the write-ahead log from being removed.\nLook after `pg_replication_slots`, set `max_slot_wal_keep_size`, and drop the slot of a pipeline that is retired: `SELECT pg_drop_replication_slot('byteor_orders')`.\n\n## Example\n\nFollows orders, and keeps each change in a file.\n\n```text\nadapter.ingress.kind=postgres_changes\nadapter.ingress.postgres_changes.url=postgres://127.0.0.1:5432\nadapter.ingress.postgres_changes.database=shop\nadapter.ingress.postgres_changes.publication=orders\nadapter.ingress.postgres_changes.slot=byteor_orders\nadapter.ingress.postgres_changes.missing_slot=fail\nadapter.ingress.postgres_changes.in_flight_bytes=16777216\nadapter.ingress.postgres_changes.timeout_seconds=30\nadapter.ingress.postgres_changes.user=byteor\nadapter.ingress.postgres_changes.tls=off\nadapter.egress.kind=file\nadapter.egress.file.path=/srv/data/out.log\nadapter.egress.file.framing=lines\n```\n"
  },
  {
    "kind": "kafka",
    "title": "Kafka",
    "summary": "Records of a topic that a consumer group reads; or records that are produced to one.",
    "ingress": {
      "does": "Read a Kafka topic",
      "keys": [
        {
          "name": "servers",
          "kind": {
            "is": "text"
          },
          "label": "Servers",
          "help": "HOST:PORT of one or more brokers, with commas between; they tell where the others are. The host’s owner must allow each that is reached.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "topic",
          "kind": {
            "is": "text"
          },
          "label": "Topic",
          "help": "It has to be there: none is made.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "group",
          "kind": {
            "is": "text"
          },
          "label": "Group",
          "help": "The consumer group: its members divide the partitions among them, and its position is kept by the cluster.",
          "default": "byteor",
          "optional": false,
          "with": null
        },
        {
          "name": "start",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "start",
                "label": "At the oldest record",
                "help": "Everything that the topic has."
              },
              {
                "word": "end",
                "label": "Behind the newest record",
                "help": "Only what is produced from now on."
              }
            ]
          },
          "label": "Where to begin",
          "help": "Where the group has no position in a partition yet; otherwise it goes on where it was.",
          "default": "start",
          "optional": false,
          "with": null
        },
        {
          "name": "out_of_range",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "earliest",
                "label": "Go on at the oldest record",
                "help": "What is left is read, and it is told how much was removed."
              },
              {
                "word": "latest",
                "label": "Go on behind the newest record",
                "help": "What is left is passed over, and it is told how much that is."
              },
              {
                "word": "fail",
                "label": "Fail",
                "help": "Nothing is passed over before somebody looked."
              }
            ]
          },
          "label": "Where the position is gone",
          "help": "Where the topic removed records before they were read, or was made anew. Left out, as `earliest`.",
          "default": "earliest",
          "optional": true,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Records that were read and don’t last yet; as much again is fetched ahead. Larger than the topic’s largest record.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "session_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 1800,
            "unit": "seconds"
          },
          "label": "Gone after, in seconds",
          "help": "When the group gives a member’s partitions to others that it doesn’t hear from. The cluster has bounds for it, often 6 to 1800.",
          "default": "45",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For an answer; then it is said that the cluster doesn’t answer.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "tls",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "off",
                "label": "No TLS",
                "help": "For everybody on the way to read."
              },
              {
                "word": "verify",
                "label": "TLS",
                "help": "Each broker has to prove itself by a certificate with its name."
              }
            ]
          },
          "label": "TLS",
          "help": "How connections are secured. Left out, as `off`. TLS and SASL are parts of an agent’s build: one without them says `E_KAFKA_TLS_LEFT_OUT`, here by Test connection, and `byteor-edgeplane capabilities` lists `kafka_tls` where they are there.",
          "default": "off",
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "With TLS: a file with this client’s certificate and those that speak for it, in PEM form, where the brokers ask for one.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret that holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "sasl",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "none",
                "label": "Not by SASL",
                "help": "Or by a certificate, with TLS."
              },
              {
                "word": "scram_sha_512",
                "label": "SCRAM-SHA-512",
                "help": "A user and a password, which never leaves the host."
              },
              {
                "word": "scram_sha_256",
                "label": "SCRAM-SHA-256",
                "help": "A user and a password, which never leaves the host."
              },
              {
                "word": "plain",
                "label": "PLAIN",
                "help": "A user and a password, which the brokers are sent: with TLS only."
              }
            ]
          },
          "label": "Proof by SASL",
          "help": "How this client proves who it is. Left out, as `none`. As TLS, a part of an agent’s build.",
          "default": "none",
          "optional": true,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "With SASL: the user of the cluster.",
          "default": null,
          "optional": true,
          "with": [
            "sasl",
            [
              "scram_sha_512",
              "scram_sha_256",
              "plain"
            ]
          ]
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "With SASL: the name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": [
            "sasl",
            [
              "scram_sha_512",
              "scram_sha_256",
              "plain"
            ]
          ]
        }
      ],
      "promise": "redelivers",
      "otherwise": [],
      "lag": {
        "is": "told",
        "unit": "records",
        "means": "Records of this member's partitions that don't last yet, by the ends that come with each fetch. Not known before the first fetch of each partition."
      },
      "several": {
        "is": "told",
        "address": "topic",
        "begins": false,
        "own": [
          "group"
        ],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "The group's position in a partition goes behind a record when the record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Positions are committed about five times a second, when partitions go to another member, and at the end.",
        "ordering": "Each partition's; between partitions none.",
        "security": "TLS 1.2 and 1.3 with `tls` `verify`: each broker is checked by its name, the one in `servers` or the one that another broker tells, against `authorities`; this client may prove itself by `certificate`. With `sasl` a user proves itself by SCRAM, which sends no password and has the broker prove that it knows it too, or by PLAIN, which is refused without TLS. Without TLS, who may read the network reads the records, and can try out passwords on what SCRAM says. Both need a build with OpenSSL, which Kafka's library has for them: a build without it refuses such a config (`E_KAFKA_TLS_LEFT_OUT`). What may be reached is the host's owner's to say (`--allow-net`): that holds for each broker that the cluster names, also one that it names later; a name is resolved anew for each connection, and only the addresses that are allowed are connected to.",
        "limits": "Records up to `in_flight_bytes`, and as much again that is fetched ahead. Records of transactions that were aborted or are still open aren't read (`read_committed`), nor are positions of the group used that such a one has. Key, headers and time of a record aren't seen by the pipeline.",
        "other_end": "divider",
        "failures": [
          [
            "No broker can be reached",
            "Tried again, after longer and longer, random times, half a second at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "A broker is where the host's owner doesn't allow",
            "`E_NET_NOT_ALLOWED` names it; the run fails."
          ],
          [
            "A broker's certificate is one that nobody speaks for, of another name or expired, or a broker speaks no TLS where it should",
            "As where none can be reached: nothing is sent to it, and it is tried again."
          ],
          [
            "The user, the password or the kind of SASL is wrong",
            "`E_KAFKA_REFUSED`; the run fails."
          ],
          [
            "The sink doesn't take records",
            "Fetching pauses; the member stays in its group, and keeps its partitions."
          ],
          [
            "A record is larger than the pipeline's, or has no value",
            "Counted as rejected, and written to the reject file: the record, or partition, offset and key of one without a value. The position goes on behind it."
          ],
          [
            "Records were removed before they were read, or the topic was made anew",
            "`N_KAFKA_TRIMMED` says how many; the pipeline goes on where `out_of_range` says, or ends with `E_KAFKA_TRIMMED`."
          ],
          [
            "A partition goes to another member (`N_KAFKA_REVOKED`)",
            "What was read of it may take up to 3 s to last; what doesn't by then comes again there. Partitions that stay aren't held up (cooperative rebalancing)."
          ],
          [
            "The group took this member for gone",
            "`N_KAFKA_REVOKED` says so; what didn't last comes again, here or elsewhere."
          ],
          [
            "There is no such topic, or the group or the topic isn't to be read by this client",
            "`E_KAFKA_REFUSED` after some seconds; the run fails."
          ],
          [
            "SIGTERM",
            "What was read is delivered and committed, and the member leaves its group."
          ],
          [
            "The process or the host ends",
            "The group goes on from its position; what lasted behind that is there twice. A run over the same checkpoint has the member's partitions at once; otherwise others have them after `session_seconds`."
          ],
          [
            "Another run has the same name in the group, as over a copy of a checkpoint",
            "`E_KAFKA_FENCED`; the older one fails."
          ]
        ]
      }
    },
    "egress": {
      "does": "Produce to a Kafka topic",
      "keys": [
        {
          "name": "servers",
          "kind": {
            "is": "text"
          },
          "label": "Servers",
          "help": "HOST:PORT of one or more brokers, with commas between; they tell where the others are. The host’s owner must allow each that is reached.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "topic",
          "kind": {
            "is": "text"
          },
          "label": "Topic",
          "help": "It has to be there: none is made.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "key",
          "kind": {
            "is": "pointer"
          },
          "label": "Key of a record",
          "help": "A JSON pointer to the text or number that a record’s key is, such as /customer/id. Records of one key go to one partition, in their order. Left out, records have no key and go to any partition.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "delivery",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "acknowledged",
                "label": "Each for itself",
                "help": "Readable at once; after a run that was cut off some are there twice."
              },
              {
                "word": "transactions",
                "label": "In transactions",
                "help": "Readable by transactions, for those who read what is committed (read_committed): nothing is there twice."
              }
            ]
          },
          "label": "Delivery",
          "help": "When records come to be in the topic. Left out, as `acknowledged`.",
          "default": "acknowledged",
          "optional": true,
          "with": null
        },
        {
          "name": "transaction_milliseconds",
          "kind": {
            "is": "number",
            "min": 10,
            "max": 60000,
            "unit": "milliseconds"
          },
          "label": "A transaction each, in milliseconds",
          "help": "With transactions: how often one is committed while records come; sooner where a quarter of `in_flight_bytes` waits. Left out, 100.",
          "default": null,
          "optional": true,
          "with": [
            "delivery",
            [
              "transactions"
            ]
          ]
        },
        {
          "name": "transaction_timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 900,
            "unit": "seconds"
          },
          "label": "Aborted after, in seconds",
          "help": "With transactions: when the cluster aborts one that nobody ends; readers of what is committed, and who takes over partitions of the source, wait for that after a host was lost. Left out, 15.",
          "default": null,
          "optional": true,
          "with": [
            "delivery",
            [
              "transactions"
            ]
          ]
        },
        {
          "name": "transaction_prefix",
          "kind": {
            "is": "text"
          },
          "label": "Transactional id begins with",
          "help": "With transactions: behind it stand a hyphen and the number of the checkpoint, so each pipeline has an id of its own, and the same one after it was started again. Left out, byteor.",
          "default": null,
          "optional": true,
          "with": [
            "delivery",
            [
              "transactions"
            ]
          ]
        },
        {
          "name": "compression",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "none",
                "label": "None",
                "help": "Batches go as they are."
              },
              {
                "word": "lz4",
                "label": "LZ4",
                "help": "Little work, and text becomes about half."
              },
              {
                "word": "zstd",
                "label": "Zstandard",
                "help": "Smallest, for some more work."
              }
            ]
          },
          "label": "Compression",
          "help": "What the brokers keep, and readers undo.",
          "default": "none",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_bytes",
          "kind": {
            "is": "number",
            "min": 1024,
            "max": 16777216,
            "unit": "bytes"
          },
          "label": "Bytes of a batch at most",
          "help": "What goes to one partition at once; not more than the topic’s max.message.bytes.",
          "default": "1000000",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Records that the cluster hasn’t acknowledged yet; then the pipeline waits.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For an answer; then it is said that the cluster doesn’t answer.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "tls",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "off",
                "label": "No TLS",
                "help": "For everybody on the way to read."
              },
              {
                "word": "verify",
                "label": "TLS",
                "help": "Each broker has to prove itself by a certificate with its name."
              }
            ]
          },
          "label": "TLS",
          "help": "How connections are secured. Left out, as `off`. TLS and SASL are parts of an agent’s build: one without them says `E_KAFKA_TLS_LEFT_OUT`, here by Test connection, and `byteor-edgeplane capabilities` lists `kafka_tls` where they are there.",
          "default": "off",
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "certificate",
          "kind": {
            "is": "path"
          },
          "label": "Certificate",
          "help": "With TLS: a file with this client’s certificate and those that speak for it, in PEM form, where the brokers ask for one.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "certificate_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the certificate’s key",
          "help": "The name of a secret that holds the key, in PEM form.",
          "default": null,
          "optional": true,
          "with": [
            "tls",
            [
              "verify"
            ]
          ]
        },
        {
          "name": "sasl",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "none",
                "label": "Not by SASL",
                "help": "Or by a certificate, with TLS."
              },
              {
                "word": "scram_sha_512",
                "label": "SCRAM-SHA-512",
                "help": "A user and a password, which never leaves the host."
              },
              {
                "word": "scram_sha_256",
                "label": "SCRAM-SHA-256",
                "help": "A user and a password, which never leaves the host."
              },
              {
                "word": "plain",
                "label": "PLAIN",
                "help": "A user and a password, which the brokers are sent: with TLS only."
              }
            ]
          },
          "label": "Proof by SASL",
          "help": "How this client proves who it is. Left out, as `none`. As TLS, a part of an agent’s build.",
          "default": "none",
          "optional": true,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "With SASL: the user of the cluster.",
          "default": null,
          "optional": true,
          "with": [
            "sasl",
            [
              "scram_sha_512",
              "scram_sha_256",
              "plain"
            ]
          ]
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "With SASL: the name of a secret that the user proves itself by.",
          "default": null,
          "optional": true,
          "with": [
            "sasl",
            [
              "scram_sha_512",
              "scram_sha_256",
              "plain"
            ]
          ]
        }
      ],
      "promise": "repeats",
      "otherwise": [
        [
          "delivery",
          "transactions",
          "exact"
        ]
      ],
      "several": {
        "is": "told",
        "address": "topic",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": [
          [
            "delivery",
            "transactions",
            "each egress would commit a transaction of its own, and a checkpoint of all of them could hold for some only"
          ]
        ]
      },
      "facts": {
        "acknowledged": "A record counts as delivered when all replicas in sync have it (`acks=all`). The producer is idempotent: what is sent again while the run lasts is there once. With transactions a record counts as delivered when its transaction is committed, which has with it the number of the checkpoint that speaks of it, and how far the group is where the source is of the same cluster.",
        "ordering": "The pipeline's, for the records of one partition. Which one a key goes to is what Java's clients compute (murmur2).",
        "security": "TLS 1.2 and 1.3 with `tls` `verify`: each broker is checked by its name, the one in `servers` or the one that another broker tells, against `authorities`; this client may prove itself by `certificate`. With `sasl` a user proves itself by SCRAM, which sends no password and has the broker prove that it knows it too, or by PLAIN, which is refused without TLS. Without TLS, who may read the network reads the records, and can try out passwords on what SCRAM says. Both need a build with OpenSSL, which Kafka's library has for them: a build without it refuses such a config (`E_KAFKA_TLS_LEFT_OUT`). What may be reached is the host's owner's to say (`--allow-net`): that holds for each broker that the cluster names, also one that it names later; a name is resolved anew for each connection, and only the addresses that are allowed are connected to.",
        "limits": "`in_flight_bytes` in memory, with transactions up to three times as much; then the pipeline waits. Without transactions records behind the checkpoint are there twice after a run that was cut off; with them a record is readable once its transaction is committed. Transactions need the right to write with the transactional id, and to read the topic and the group of that name.",
        "other_end": "peer",
        "failures": [
          [
            "No broker can be reached, or nothing is acknowledged for `timeout_seconds`",
            "Tried again, after longer and longer, random times, half a second at most, in order and without doubles. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "A broker is where the host's owner doesn't allow",
            "`E_NET_NOT_ALLOWED` names it; the run fails."
          ],
          [
            "A broker's certificate is one that nobody speaks for, of another name or expired, or a broker speaks no TLS where it should",
            "As where none can be reached: nothing is sent to it, and it is tried again."
          ],
          [
            "The user, the password or the kind of SASL is wrong",
            "`E_KAFKA_REFUSED`; the run fails."
          ],
          [
            "A record has nothing that can be a key where `key` points, or isn't JSON",
            "It is produced without a key, to any partition."
          ],
          [
            "A record is larger than the topic takes, or none that it takes, as one without a key where a topic is kept by keys",
            "Without transactions: counted as rejected, and written to the reject file with the reason. Which one of a batch it is is found out; the others are sent again, those of a partition in their order. Only where the first batch of a run into a partition isn't taken, what was sent right behind it may be in front of the rest. A batch that is too large as a whole is made smaller. With transactions: `E_KAFKA_REFUSED`; the run fails, and so does the next one until the record is gone or the topic takes it."
          ],
          [
            "There is no such topic, or this client may not write to it",
            "`E_KAFKA_REFUSED`; the run fails. Records of other batches behind it may be there already, and come again."
          ],
          [
            "The cluster lost what the idempotent producer builds upon",
            "`E_KAFKA_FATAL`; the run fails, and goes on from the checkpoint."
          ],
          [
            "A transaction is aborted: by the cluster after `transaction_timeout_seconds`, or because the source's group divides itself anew",
            "Its records are produced again in another one. Nobody who reads what is committed saw the first."
          ],
          [
            "A partition of the source went to another member before what was read of it was committed",
            "The transaction isn't committed, and the run begins again by itself (`N_RUN_AGAIN`), from the checkpoint and the group's position: what its stages remember of those records is gone with it. With `--adapter-max-messages` it ends with `E_KAFKA_LOST`."
          ],
          [
            "Another run has the same transactional id, as over a copy of a checkpoint",
            "`E_KAFKA_FENCED`; the older one fails."
          ],
          [
            "The checkpoint is older than the last transaction, as after a backup was restored",
            "`E_KAFKA_AHEAD`; the run doesn't go on as if nothing were there."
          ],
          [
            "A run was cut off while it committed, and the next one has another topic, cluster or `transaction_prefix`, or another sink",
            "`E_CHECKPOINT_UNDECIDED`: only the cluster knows whether the last transaction is there."
          ],
          [
            "SIGTERM while nothing is acknowledged",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are produced again. With transactions the next run asks the cluster whether the last one is there; what isn't committed was never readable."
          ]
        ]
      }
    },
    "page": "## Several hosts\n\nA pipeline that outgrows a host runs on several, each as a member of the same group: the cluster gives each partition to one of them, and moves only what it must when one comes or goes.\nMore members than partitions have nothing to do.\nRecords that belong together, and whose order matters, need the same key where they are produced.\n\nEach member has a name in its group, which its checkpoint keeps (`group.instance.id`, Kafka 2.3 and later; [why](../../decisions/0209-a-member-of-a-kafka-group-has-a-name.md)).\nSo a run that was killed and starts again has its partitions at once, whatever `session_seconds` says, and the others keep theirs.\nOne that stops in good order leaves the group, and the others have its partitions at once.\nGive each run a checkpoint of its own: of two under one name the older one fails.\n\n## Exactly once\n\nWith `delivery` `transactions` records become readable by transactions, each of which belongs to a checkpoint ([why](../../decisions/0193-a-transaction-belongs-to-a-checkpoint.md)).\nWhere the source is of the same cluster, which is told by the same `servers` on both sides, the transaction also says how far the group has read; with a source that reads the same records again, such as a file, the checkpoint does.\nWhoever reads the topic has to read what is committed: `isolation.level=read_committed`, which Java's clients don't do unless they are told to.\nThis adapter always does.\n\n```sh\nkafka-acls --bootstrap-server 127.0.0.1:9092 --add --allow-principal User:byteor --resource-pattern-type prefixed \\\n  --transactional-id byteor- --operation Write --operation Describe\nkafka-acls --bootstrap-server 127.0.0.1:9092 --add --allow-principal User:byteor --resource-pattern-type prefixed \\\n  --group byteor- --operation Read\n```\n\nA host that is lost leaves a transaction open.\nUntil the cluster aborts it (`transaction_timeout_seconds`), readers of what is committed stop in front of it, and a member that takes over its partitions waits; a run that starts again with the same checkpoint ends it at once.\nA cluster of one broker that is away for longer than that may lose the end of the transaction (Kafka 4.3.1 takes the partitions for deleted while it comes up): the source then says \"Timed out\" until `kafka-transactions.sh abort` ends it.\nGive such a cluster more seconds than its broker takes to come back.\n\n## TLS and SASL\n\nKafka's library needs OpenSSL for both, and the rest of the program has one TLS stack, which is another: so they are a part of a build of their own, the cargo feature `kafka-tls` ([why](../../decisions/0197-kafka-has-a-tls-stack-of-its-own.md)).\nA build has it unless it was left out; `npm start` leaves it out where the host has no OpenSSL to build with (Debian's `libssl-dev`).\n`byteor-edgeplane capabilities` says `kafka_tls` where it is there, and *Test connection* asks the agent itself.\n\nA user that SCRAM knows is made by the cluster's own tool, with a password that stands in the file of the secret, too:\n\n```sh\nkafka-configs --bootstrap-server 127.0.0.1:9092 --alter --entity-type users --entity-name byteor \\\n  --add-config 'SCRAM-SHA-512=[password=…]'\n```\n\n```text\nconfig.v=1\nconfig.posture=prod\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\nadapter.ingress.kind=kafka\nadapter.ingress.kafka.servers=broker-1.example:9093,broker-2.example:9093\nadapter.ingress.kafka.topic=orders\nadapter.ingress.kafka.group=byteor\nadapter.ingress.kafka.start=start\nadapter.ingress.kafka.in_flight_bytes=16777216\nadapter.ingress.kafka.session_seconds=45\nadapter.ingress.kafka.timeout_seconds=10\nadapter.ingress.kafka.tls=verify\nadapter.ingress.kafka.authorities=/data/keys/authorities.pem\nadapter.ingress.kafka.sasl=scram_sha_512\nadapter.ingress.kafka.user=byteor\nadapter.ingress.kafka.password=kafka\nadapter.egress.kind=file\nadapter.egress.file.path=/data/orders\nadapter.egress.file.framing=lines\nadapter.reject.path=/data/rejected.log\nsecrets.kafka.kind=file\nsecrets.kafka.path=/data/keys/kafka\n```\n\n## Example\n\nReads a topic, and produces what the pipeline makes of it to another one, exactly once, by the customer that stands in each record.\n\n```text\nadapter.ingress.kind=kafka\nadapter.ingress.kafka.servers=127.0.0.1:9092\nadapter.ingress.kafka.topic=orders\nadapter.ingress.kafka.group=byteor\nadapter.ingress.kafka.start=start\nadapter.ingress.kafka.out_of_range=earliest\nadapter.ingress.kafka.in_flight_bytes=16777216\nadapter.ingress.kafka.session_seconds=45\nadapter.ingress.kafka.timeout_seconds=10\nadapter.egress.kind=kafka\nadapter.egress.kafka.servers=127.0.0.1:9092\nadapter.egress.kafka.topic=orders-masked\nadapter.egress.kafka.key=/customer\nadapter.egress.kafka.delivery=transactions\nadapter.egress.kafka.transaction_milliseconds=100\nadapter.egress.kafka.compression=lz4\nadapter.egress.kafka.batch_bytes=1000000\nadapter.egress.kafka.in_flight_bytes=16777216\nadapter.egress.kafka.timeout_seconds=10\n```\n"
  },
  {
    "kind": "nats",
    "title": "NATS",
    "summary": "Messages of a JetStream stream that a durable consumer reads, or of a subject as they come; or messages that are published, with a stream's acknowledgement or without.",
    "ingress": {
      "does": "Read NATS messages",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "tls",
              "nats"
            ]
          },
          "label": "Server",
          "help": "Host and port; tls speaks TLS. No other server that this one names is followed: for a cluster give a name that stands for its servers. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "mode",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "jetstream",
                "label": "JetStream",
                "help": "A durable consumer of a stream: what isn’t acknowledged comes again."
              },
              {
                "word": "core",
                "label": "Core",
                "help": "A subscription: what comes while nobody takes it is gone."
              }
            ]
          },
          "label": "How messages come",
          "help": "Whether a stream keeps them until they last.",
          "default": "jetstream",
          "optional": false,
          "with": null
        },
        {
          "name": "subject",
          "kind": {
            "is": "text"
          },
          "label": "Subject",
          "help": "Which messages are read, such as orders.eu; * stands for one part, > for all that follow.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "With JetStream: the stream, which has to be there. Left out, the one that keeps the subject.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "consumer",
          "kind": {
            "is": "text"
          },
          "label": "Consumer",
          "help": "Who reads under this name shares the messages with others that do. With JetStream it is a durable consumer, which is made where it isn’t there; with core a queue group.",
          "default": "byteor",
          "optional": false,
          "with": null
        },
        {
          "name": "start",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "start",
                "label": "At the oldest message",
                "help": "Everything that the stream has."
              },
              {
                "word": "end",
                "label": "Behind the newest message",
                "help": "Only what is published from now on."
              }
            ]
          },
          "label": "Where to begin",
          "help": "With JetStream, where the consumer isn’t there yet; otherwise it goes on where it was.",
          "default": "start",
          "optional": false,
          "with": null
        },
        {
          "name": "batch_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "messages"
          },
          "label": "Messages a read at most",
          "help": "With JetStream: what is there is read at once, up to this.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "unacknowledged",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 100000,
            "unit": "messages"
          },
          "label": "Unacknowledged at most",
          "help": "With JetStream, where the consumer is made: messages that all who share it have and that don’t last yet; then none is delivered.",
          "default": "10000",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Messages that came and don’t last yet. With JetStream nothing is read then; with core what comes is dropped, and counted.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "ack_wait_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 86400,
            "unit": "seconds"
          },
          "label": "Comes again after, in seconds",
          "help": "With JetStream, where the consumer is made: messages of somebody who isn’t heard from for this long go to others. Who has them says so all the time, however long a sink is down.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "proof",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "password",
                "label": "A password",
                "help": "The password of the user."
              },
              {
                "word": "token",
                "label": "A token",
                "help": "A token, without a user."
              },
              {
                "word": "nkey",
                "label": "The seed of an nkey",
                "help": "The seed of a key of its own: it signs what the server asks, and never leaves the host."
              },
              {
                "word": "credentials",
                "label": "Credentials",
                "help": "A credentials file, with the user’s token and the seed of its key."
              }
            ]
          },
          "label": "What the secret is",
          "help": "How this client proves itself, where it does.",
          "default": "password",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user that the password belongs to.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "secret",
          "kind": {
            "is": "secret"
          },
          "label": "Secret",
          "help": "The name of a secret that this client proves itself by; left out, it doesn’t.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "redelivers",
      "otherwise": [
        [
          "mode",
          "core",
          "forgets"
        ]
      ],
      "lag": {
        "is": "told",
        "unit": "messages",
        "means": "Messages that nobody got from the consumer yet, and those that aren't acknowledged, whoever has them: what the consumer says as `num_pending` and `num_ack_pending`, asked for once a second. With `mode` `core` nobody keeps messages, and it isn't known."
      },
      "several": {
        "is": "told",
        "address": "subject",
        "begins": false,
        "own": [
          "consumer"
        ],
        "may": [
          "stream"
        ],
        "not_with": []
      },
      "facts": {
        "acknowledged": "With JetStream, a message is acknowledged by itself when its record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint; the server confirms it. Until then the server is told again and again that it is being worked on. With core nothing is told to anybody.",
        "ordering": "The stream's for one consumer, but for messages that come again; between several that share a consumer none. With core that of each publisher.",
        "security": "TLS 1.2 and 1.3 over tls, and over nats where the server asks for it; the server is checked by name against `authorities`. The name isn't told in the handshake (SNI), and no certificate of this client is offered. A password, a token, an nkey or credentials; the first two are refused over nats but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "Messages up to `in_flight_bytes`, and with JetStream one read besides, of as many bytes at most. JetStream of NATS 2.9 or newer. Subject and headers of a message aren't seen by the pipeline.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the connection ends",
            "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over. With JetStream, what was on its way then comes again after `ack_wait_seconds`. With core, what is published meanwhile is lost."
          ],
          [
            "The sink doesn't take records",
            "With JetStream, what came is kept and the server told so; no more is read, and the connection stays. With core, what comes when `in_flight_bytes` are full is dropped; `N_NATS_DROPPED` says how many, at once, every minute and at the end."
          ],
          [
            "A message comes again",
            "One that this run has, or of the last 100,000 that it acknowledged, isn't taken twice. Any other one is, since nobody knows what became of it: it may be there twice. `N_NATS_REDELIVERED` says how many of those, at once, every minute and at the end."
          ],
          [
            "Another one that shares the consumer ends",
            "What it had comes after `ack_wait_seconds`; at once, where it stopped in good order."
          ],
          [
            "Messages were removed before they were read",
            "`N_NATS_TRIMMED` says up to how many; the pipeline goes on."
          ],
          [
            "There is no such stream, or it is deleted",
            "`E_NATS_STREAM`; the run fails."
          ],
          [
            "The stream was deleted and made again, under the same name",
            "`N_NATS_STREAM_NEW` says so; what wasn't read of the old one is lost, and the new one is read by a new consumer."
          ],
          [
            "The consumer is deleted",
            "It is made again, and begins where `start` says; what this run has isn't taken twice."
          ],
          [
            "There is a consumer of this name that pushes, acknowledges otherwise, or reads another subject",
            "`E_NATS_CONSUMER`; the run fails."
          ],
          [
            "A message is larger than all that may be in memory",
            "`E_NATS_MESSAGE`; the run fails in front of it."
          ],
          [
            "The user or the secret is wrong, or this client isn't allowed to",
            "`E_NATS_REFUSED`; the run fails."
          ],
          [
            "SIGTERM",
            "What was taken is delivered and acknowledged; with JetStream the rest is given back at once."
          ],
          [
            "The process or the host ends",
            "With JetStream, what wasn't acknowledged comes again after `ack_wait_seconds`; what of it lasted already is there twice. With core it is lost."
          ]
        ]
      }
    },
    "egress": {
      "does": "Publish NATS messages",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "tls",
              "nats"
            ]
          },
          "label": "Server",
          "help": "Host and port; tls speaks TLS. No other server that this one names is followed: for a cluster give a name that stands for its servers. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "mode",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "jetstream",
                "label": "JetStream",
                "help": "A stream acknowledges each message, and drops those that it has already."
              },
              {
                "word": "core",
                "label": "Core",
                "help": "Nobody says that they arrived: who doesn’t listen right now misses them."
              }
            ]
          },
          "label": "How messages go",
          "help": "Whether a stream says that it has them.",
          "default": "jetstream",
          "optional": false,
          "with": null
        },
        {
          "name": "subject",
          "kind": {
            "is": "text"
          },
          "label": "Subject",
          "help": "What messages are published under, such as orders.eu.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "With JetStream: the stream, which has to be there. Left out, the one that keeps the subject.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "in_flight_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "On their way at most",
          "help": "With JetStream: messages that were sent and aren’t acknowledged yet. With core: messages that are sent at once.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "Waiting at most, in bytes",
          "help": "Records that wait behind those; then the pipeline does.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "proof",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "password",
                "label": "A password",
                "help": "The password of the user."
              },
              {
                "word": "token",
                "label": "A token",
                "help": "A token, without a user."
              },
              {
                "word": "nkey",
                "label": "The seed of an nkey",
                "help": "The seed of a key of its own: it signs what the server asks, and never leaves the host."
              },
              {
                "word": "credentials",
                "label": "Credentials",
                "help": "A credentials file, with the user’s token and the seed of its key."
              }
            ]
          },
          "label": "What the secret is",
          "help": "How this client proves itself, where it does.",
          "default": "password",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user that the password belongs to.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "secret",
          "kind": {
            "is": "secret"
          },
          "label": "Secret",
          "help": "The name of a secret that this client proves itself by; left out, it doesn’t.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "numbered",
      "otherwise": [
        [
          "mode",
          "core",
          "unconfirmed"
        ]
      ],
      "several": {
        "is": "told",
        "address": "subject",
        "begins": false,
        "own": [],
        "may": [
          "stream"
        ],
        "not_with": []
      },
      "facts": {
        "acknowledged": "With JetStream, a record counts as delivered when the stream acknowledged it. With core, when the system took it.",
        "ordering": "The pipeline's. Where a stream refuses a message for a while, and takes those behind it, that one comes behind them.",
        "security": "TLS 1.2 and 1.3 over tls, and over nats where the server asks for it; the server is checked by name against `authorities`. The name isn't told in the handshake (SNI), and no certificate of this client is offered. A password, a token, an nkey or credentials; the first two are refused over nats but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "`in_flight_records` are on their way; up to `in_flight_bytes` wait in memory, and then the pipeline does. A message has the id (`Nats-Msg-Id`) that follows from the pipeline's checkpoint and the record's number: a stream drops what it has already for as long as its `duplicate_window` says, 2 minutes where nobody changed it. With a source whose senders send again, a new run's numbers are others.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, the connection ends, or the stream is full or has no leader",
            "Tried again, after longer and longer, random times, 2 s at most; with JetStream under the same ids, so that nothing is there twice within the window. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "With core, the connection ends while messages are on their way",
            "They may be lost, and aren't sent again; `N_NATS_LOST` says up to how many."
          ],
          [
            "A message comes that the stream has already",
            "It is there once. `N_NATS_DUPLICATE` says how many, at once, every minute and at the end."
          ],
          [
            "A record is larger than the server or the stream takes",
            "It goes to the reject file, with the reason."
          ],
          [
            "No stream keeps the subject, or another one than `stream` does",
            "`E_NATS_STREAM`; the run fails in front of the record, and goes on from there."
          ],
          [
            "The user or the secret is wrong, or this client isn't allowed to",
            "`E_NATS_REFUSED`; the run fails in front of the record, and goes on from there."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "SIGTERM while the server doesn't answer",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are published again: with JetStream under the ids that they had, so that a stream drops them within its window."
          ]
        ]
      }
    },
    "page": "## Several hosts\n\nA pipeline that outgrows a host runs on several with the same `consumer`: the server gives every message to one of them.\nNobody takes over by hand: what one that is gone had comes to the others after `ack_wait_seconds`.\n\n## Example\n\nReads what a stream has under `orders.>`, and publishes what the pipeline makes of it to the stream that keeps `masked.orders`.\n\n```text\nadapter.ingress.kind=nats\nadapter.ingress.nats.url=nats://127.0.0.1:4222\nadapter.ingress.nats.mode=jetstream\nadapter.ingress.nats.subject=orders.>\nadapter.ingress.nats.stream=ORDERS\nadapter.ingress.nats.consumer=byteor\nadapter.ingress.nats.start=start\nadapter.ingress.nats.batch_records=500\nadapter.ingress.nats.unacknowledged=10000\nadapter.ingress.nats.in_flight_bytes=16777216\nadapter.ingress.nats.ack_wait_seconds=30\nadapter.ingress.nats.timeout_seconds=10\nadapter.ingress.nats.proof=password\nadapter.egress.kind=nats\nadapter.egress.nats.url=nats://127.0.0.1:4222\nadapter.egress.nats.mode=jetstream\nadapter.egress.nats.subject=masked.orders\nadapter.egress.nats.in_flight_records=500\nadapter.egress.nats.in_flight_bytes=1048576\nadapter.egress.nats.timeout_seconds=10\nadapter.egress.nats.proof=password\n```\n\nThe streams are made by whoever runs the server:\n\n```sh\nnats stream add ORDERS --subjects 'orders.>' --defaults\nnats stream add MASKED --subjects 'masked.>' --dupe-window 1h --defaults\n```\n"
  },
  {
    "kind": "s3",
    "title": "S3",
    "summary": "Objects of a bucket that are read in the order of their keys; or records that are put as objects, each named by the number of its first one.",
    "ingress": {
      "does": "Read objects",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "https",
              "http"
            ]
          },
          "label": "Server",
          "help": "Host and port, such as https://s3.eu-central-1.amazonaws.com. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "bucket",
          "kind": {
            "is": "text"
          },
          "label": "Bucket",
          "help": "The bucket that has the objects. It has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "addressing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "path",
                "label": "In the path",
                "help": "As most servers of others have it: https://HOST/BUCKET/KEY."
              },
              {
                "word": "host",
                "label": "In the host’s name",
                "help": "As AWS has it: https://BUCKET.HOST/KEY; the host’s owner must allow that name."
              }
            ]
          },
          "label": "The bucket’s name stands",
          "help": "Where a request names the bucket.",
          "default": "path",
          "optional": false,
          "with": null
        },
        {
          "name": "region",
          "kind": {
            "is": "text"
          },
          "label": "Region",
          "help": "What requests are signed for; a server without regions takes any.",
          "default": "us-east-1",
          "optional": false,
          "with": null
        },
        {
          "name": "prefix",
          "kind": {
            "is": "text"
          },
          "label": "Prefix",
          "help": "What the keys that are read begin with; left out, all.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "start_after",
          "kind": {
            "is": "text"
          },
          "label": "Begin behind the key",
          "help": "At the first run; later ones go on where the one before ended. Left out, at the first key.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "mode",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "follow",
                "label": "Wait for more",
                "help": "Looks again now and then for objects whose keys come later."
              },
              {
                "word": "stop_at_end",
                "label": "Stop there",
                "help": "Drains, and ends."
              }
            ]
          },
          "label": "Behind the last object",
          "help": "What happens once every object was read.",
          "default": "follow",
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; a line feed at the very end begins no other."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Records in an object",
          "help": "How records are cut from an object.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "compression",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "name",
                "label": "As the name ends",
                "help": "gzip for .gz, Zstandard for .zst, and otherwise not at all."
              },
              {
                "word": "none",
                "label": "Not at all",
                "help": "Objects are read as they are."
              },
              {
                "word": "gzip",
                "label": "gzip",
                "help": "Each object."
              },
              {
                "word": "zstd",
                "label": "Zstandard",
                "help": "Each object."
              }
            ]
          },
          "label": "Compression",
          "help": "How the objects are compressed.",
          "default": "name",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 131072,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Records that were read and don’t last yet; then nothing is read.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "poll_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 86400,
            "unit": "seconds"
          },
          "label": "Looks again after, in seconds",
          "help": "Where there was no object behind the last.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection, for an answer, and for more of one; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "access_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the access key’s id",
          "help": "The name of a secret whose file holds the id; left out, nobody is named, for what everybody may do.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "secret_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the secret key",
          "help": "The name of a secret whose file holds the key. It signs requests and isn’t sent.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "resumes",
      "otherwise": [],
      "lag": {
        "is": "told",
        "unit": "objects",
        "means": "Objects of the last list that aren't read to their end, the empty ones left out; or more, where the list has 1,000 keys and goes on. What was put there since isn't counted before the next list."
      },
      "several": {
        "is": "told",
        "address": "prefix",
        "begins": true,
        "own": [],
        "may": [
          "start_after"
        ],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Nothing is told to the server: key and place within the object stand in the checkpoint, and the next run reads on from there.",
        "ordering": "By key, byte by byte, and in each object its own. An object that appears with a key in front of the one that is read isn't seen.",
        "security": "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. Requests are signed (Signature Version 4) with their body's digest; the secret key isn't sent. What may be reached is the host's owner's to say (`--allow-net`), with `addressing` host by the name that has the bucket in front; names are resolved once for each connection, and redirects aren't followed.",
        "limits": "Objects that stay as they are until they were read. Records up to 64 KiB less than `in_flight_bytes`; 1,000 keys and 8 MiB of a list at once. A compressed object is unpacked from its beginning where a run goes on within it. Keys without empty parts; buckets that list by key, which directory buckets don't.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, 408, 429 or 5xx, an answer that is broken off or none",
            "Tried again from there, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "The key, the bucket, the region or a right is wrong, or the server redirects",
            "`E_S3_REFUSED`, `E_S3_BUCKET` with what the server said; the run fails, and goes on from the checkpoint."
          ],
          [
            "An object that is being read is another one now, or gone",
            "`E_S3_CHANGED`, or `E_S3_PLACE` where framing or compression is another than before; the run fails. Put it back, or begin behind it with a new checkpoint and `start_after`."
          ],
          [
            "An object ends within a record (length before each)",
            "The rest is counted as rejected and goes to the reject file, and `N_S3_BROKEN` says so; the pipeline goes on with the next object."
          ],
          [
            "An object can't be unpacked, has a record that is too large, or a key with empty parts",
            "`E_S3_PACKED`, `E_S3_RECORD`, `E_S3_KEY`; the run fails in front of it."
          ],
          [
            "SIGTERM",
            "What was read is delivered."
          ],
          [
            "The process or the host ends",
            "The next run reads on behind the checkpoint, within the object."
          ]
        ]
      }
    },
    "egress": {
      "does": "Put objects",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "https",
              "http"
            ]
          },
          "label": "Server",
          "help": "Host and port, such as https://s3.eu-central-1.amazonaws.com. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "bucket",
          "kind": {
            "is": "text"
          },
          "label": "Bucket",
          "help": "The bucket that has the objects. It has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "addressing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "path",
                "label": "In the path",
                "help": "As most servers of others have it: https://HOST/BUCKET/KEY."
              },
              {
                "word": "host",
                "label": "In the host’s name",
                "help": "As AWS has it: https://BUCKET.HOST/KEY; the host’s owner must allow that name."
              }
            ]
          },
          "label": "The bucket’s name stands",
          "help": "Where a request names the bucket.",
          "default": "path",
          "optional": false,
          "with": null
        },
        {
          "name": "region",
          "kind": {
            "is": "text"
          },
          "label": "Region",
          "help": "What requests are signed for; a server without regions takes any.",
          "default": "us-east-1",
          "optional": false,
          "with": null
        },
        {
          "name": "prefix",
          "kind": {
            "is": "text"
          },
          "label": "Prefix",
          "help": "What the keys begin with; behind it stands the number of an object’s first record. It belongs to this pipeline alone.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "framing",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "lines",
                "label": "Lines",
                "help": "One record a line; a line feed at the very end begins no other."
              },
              {
                "word": "prefixed",
                "label": "Length before each",
                "help": "Before each record stands its length, four bytes, the greatest first; records may hold anything."
              }
            ]
          },
          "label": "Records in an object",
          "help": "How records are joined into an object.",
          "default": "lines",
          "optional": false,
          "with": null
        },
        {
          "name": "compression",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "none",
                "label": "Not at all",
                "help": "Objects are records and nothing else."
              },
              {
                "word": "gzip",
                "label": "gzip",
                "help": "Names end with .gz."
              },
              {
                "word": "zstd",
                "label": "Zstandard",
                "help": "Names end with .zst."
              }
            ]
          },
          "label": "Compression",
          "help": "How the objects are compressed.",
          "default": "none",
          "optional": false,
          "with": null
        },
        {
          "name": "object_bytes",
          "kind": {
            "is": "number",
            "min": 1024,
            "max": 268435456,
            "unit": "bytes"
          },
          "label": "Bytes an object",
          "help": "An object that has so many, before they are compressed, is put.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "object_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 86400,
            "unit": "seconds"
          },
          "label": "Longest wait for an object, in seconds",
          "help": "An object whose first record waits for so long is put as it is.",
          "default": "60",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection, for an answer, and for more of one; then it is tried again.",
          "default": "30",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "access_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the access key’s id",
          "help": "The name of a secret whose file holds the id; left out, nobody is named, for what everybody may do.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "secret_key",
          "kind": {
            "is": "secret"
          },
          "label": "Secret with the secret key",
          "help": "The name of a secret whose file holds the key. It signs requests and isn’t sent.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "deduplicates",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "prefix",
        "begins": true,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Records count as delivered when the server has their object; the checkpoint, and a sender that waits for its answer, wait as long, `object_seconds` at most.",
        "ordering": "The pipeline's, by the names: one object at a time.",
        "security": "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. Requests are signed (Signature Version 4) with their body's digest; the secret key isn't sent. What may be reached is the host's owner's to say (`--allow-net`), with `addressing` host by the name that has the bucket in front; names are resolved once for each connection, and redirects aren't followed.",
        "limits": "One object in memory, up to `object_bytes` and once more compressed; what is larger than 8 MiB then goes in parts. As much as a source may have in memory should be more than an object, or objects wait for their time. The server has to know `If-None-Match` when an object is put.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, 408, 429 or 5xx",
            "The object is put again, the same under the same name, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "The key, the bucket, the region or a right is wrong, or the server redirects",
            "`E_S3_REFUSED`, `E_S3_BUCKET` with what the server said; the run fails, and goes on from the checkpoint."
          ],
          [
            "The name is taken",
            "By this pipeline: what is in that object isn't put again. By anybody else: `E_S3_TAKEN`; the run fails."
          ],
          [
            "A run that was killed put objects of another pipeline, or with other bytes, behind the checkpoint",
            "`E_S3_AHEAD`, `E_S3_DIFFERENT`; the run fails."
          ],
          [
            "SIGTERM",
            "What is there is put as an object. Where the server doesn't answer, it is tried for some seconds more, then `E_PEER_DOWN`."
          ],
          [
            "The process or the host ends",
            "The next run finds the objects behind the checkpoint, leaves their records out, and drops parts that belong to none."
          ]
        ]
      }
    },
    "page": "## Names\n\nAn object's key is the prefix, twenty digits, and `.gz` or `.zst` where it is compressed.\nThe digits are the number of its first record, so keys are in the order of the records, and whoever reads by key reads them in order.\nWhere the numbers are cut by `object_bytes`, by `object_seconds` or by the end of a run, the next object begins with the next number.\n\nWith each object stands who put it: `x-amz-meta-byteor-stream` (the checkpoint's), `-pipeline` (a digest of spec, source and bucket), `-run`, `-records`, `-last` (the number of the last record as the pipeline counts) and `-sha256` (of the records as they are joined, before compression).\nAfter a kill the next run lists what is behind its checkpoint, and leaves out the records up to the last number that it finds there; of each object whose records all come again it compares the digest.\nSo objects may be taken away or moved once a checkpoint speaks of them, and not before that, which is about the time of one object.\nWith a source that can't be read again from a position those records come as others, and get numbers behind what is there ([delivery](README.md#delivery)).\n\nAn object is put only if there is none (`If-None-Match`), also in parts, so a request of a killed run that comes late changes nothing.\n\n## Rights\n\nReading takes `s3:ListBucket` and `s3:GetObject`; writing takes `s3:ListBucket`, `s3:GetObject`, `s3:PutObject`, and for parts `s3:AbortMultipartUpload` and `s3:ListBucketMultipartUploads`.\nWithout the last one parts of a run that was killed stay until a rule of the bucket removes them, which `N_S3_PARTS` says once.\n*Test connection* lists the bucket and looks at one object; whether it may write, the first object tells.\n\n## Example\n\nReads compressed logs, and puts what the pipeline makes of them into another bucket.\n\n```text\nadapter.ingress.kind=s3\nadapter.ingress.s3.url=http://127.0.0.1:9000\nadapter.ingress.s3.bucket=logs\nadapter.ingress.s3.addressing=path\nadapter.ingress.s3.region=us-east-1\nadapter.ingress.s3.prefix=web/\nadapter.ingress.s3.mode=follow\nadapter.ingress.s3.framing=lines\nadapter.ingress.s3.compression=name\nadapter.ingress.s3.in_flight_bytes=67108864\nadapter.ingress.s3.poll_seconds=10\nadapter.ingress.s3.timeout_seconds=30\nadapter.egress.kind=s3\nadapter.egress.s3.url=http://127.0.0.1:9000\nadapter.egress.s3.bucket=masked\nadapter.egress.s3.addressing=path\nadapter.egress.s3.region=us-east-1\nadapter.egress.s3.prefix=web/\nadapter.egress.s3.framing=lines\nadapter.egress.s3.compression=zstd\nadapter.egress.s3.object_bytes=16777216\nadapter.egress.s3.object_seconds=60\nadapter.egress.s3.timeout_seconds=30\n```\n"
  },
  {
    "kind": "rabbitmq",
    "title": "RabbitMQ Streams",
    "summary": "Records of a RabbitMQ stream, read by their offsets; or records that are published to one, each confirmed.",
    "ingress": {
      "does": "Read a RabbitMQ stream",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "amqps",
              "amqp"
            ]
          },
          "label": "Server",
          "help": "Host and port; amqps speaks TLS. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "virtual_host",
          "kind": {
            "is": "text"
          },
          "label": "Virtual host",
          "help": "Where the stream is on the server.",
          "default": "/",
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "A queue of the type stream, which has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "start",
          "kind": {
            "is": "word",
            "choices": [
              {
                "word": "start",
                "label": "At the oldest record",
                "help": "Everything that the stream has."
              },
              {
                "word": "end",
                "label": "Behind the newest record",
                "help": "Only what is published from now on."
              }
            ]
          },
          "label": "Where to begin",
          "help": "Where the checkpoint has no position yet; otherwise it goes on behind that.",
          "default": "start",
          "optional": false,
          "with": null
        },
        {
          "name": "ahead_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "Records ahead at most",
          "help": "What the server sends before the pipeline has room for it.",
          "default": "1000",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "In memory at most, in bytes",
          "help": "Records that were read and don’t last yet; then nothing is asked for.",
          "default": "16777216",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user of the server.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "resumes",
      "otherwise": [],
      "lag": {
        "is": "unknown",
        "because": "AMQP doesn't tell where a stream ends. On the server, `rabbitmqctl list_queues name messages` says how many records it has in all."
      },
      "several": {
        "is": "told",
        "address": "stream",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "Nothing, to the server: a stream keeps its records whoever read them. How far the pipeline is stands in its checkpoint, once a record lasts: at the sink, in the reject file, or dropped by a stage.",
        "ordering": "The stream's.",
        "security": "TLS 1.2 and 1.3 over amqps; the server is checked by name against `authorities`, and no certificate of this client is offered. A user and a password, which are refused over amqp but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "Records up to `in_flight_bytes`, and `ahead_records` besides. RabbitMQ 3.9 or newer, over AMQP 0.9.1, which has no single active consumer of a stream: each run that reads one gets all of it. Properties of a record aren't seen by the pipeline. With `start` `end`, what comes while no run is there isn't read before the first record is in the checkpoint.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, or the connection ends",
            "Tried again, after longer and longer, random times, 2 s at most; the pipeline goes on behind the last record that it has. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "The sink doesn't take records",
            "Nothing more is asked for, and the connection stays."
          ],
          [
            "Records were removed before they were read",
            "`N_RABBITMQ_TRIMMED` says up to how many; the pipeline goes on at the oldest that is there. A receiver that keeps numbers may take the next ones for those that a run which was cut off had sent."
          ],
          [
            "The stream ends before the position, or has another record there",
            "`N_RABBITMQ_NEW` says that it was made anew, or lost records; it is read from its beginning."
          ],
          [
            "The checkpoint speaks of another stream or virtual host",
            "`N_RABBITMQ_OTHER`; the pipeline begins where `start` says."
          ],
          [
            "There is no such queue, or it is no stream",
            "`E_RABBITMQ_STREAM`; the run fails."
          ],
          [
            "A record is larger than all that may be in memory",
            "`E_RABBITMQ_RECORD`; the run fails in front of it."
          ],
          [
            "The user, the password or the virtual host is wrong, or this user isn't allowed to",
            "`E_RABBITMQ_REFUSED`; the run fails."
          ],
          [
            "SIGTERM",
            "What was read is delivered, and the position behind it saved."
          ],
          [
            "The process or the host ends",
            "The next run goes on where the checkpoint ends."
          ]
        ]
      }
    },
    "egress": {
      "does": "Publish to a RabbitMQ stream",
      "keys": [
        {
          "name": "url",
          "kind": {
            "is": "url",
            "schemes": [
              "amqps",
              "amqp"
            ]
          },
          "label": "Server",
          "help": "Host and port; amqps speaks TLS. The host’s owner must allow it.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "virtual_host",
          "kind": {
            "is": "text"
          },
          "label": "Virtual host",
          "help": "Where the stream is on the server.",
          "default": "/",
          "optional": false,
          "with": null
        },
        {
          "name": "stream",
          "kind": {
            "is": "text"
          },
          "label": "Stream",
          "help": "A queue of the type stream, which has to be there.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_records",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 10000,
            "unit": "records"
          },
          "label": "On their way at most",
          "help": "Records that were sent and that the server didn’t confirm yet.",
          "default": "500",
          "optional": false,
          "with": null
        },
        {
          "name": "in_flight_bytes",
          "kind": {
            "is": "number",
            "min": 65536,
            "max": 1073741824,
            "unit": "bytes"
          },
          "label": "Waiting at most, in bytes",
          "help": "Records that wait to be sent; then the pipeline waits.",
          "default": "1048576",
          "optional": false,
          "with": null
        },
        {
          "name": "timeout_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 600,
            "unit": "seconds"
          },
          "label": "Longest wait, in seconds",
          "help": "For a connection and for an answer; then it is tried again.",
          "default": "10",
          "optional": false,
          "with": null
        },
        {
          "name": "give_up_after_seconds",
          "kind": {
            "is": "number",
            "min": 1,
            "max": 604800,
            "unit": "seconds"
          },
          "label": "Give up after, in seconds",
          "help": "How long it is tried again without success before the run fails; left out, until it works.",
          "default": null,
          "optional": true,
          "with": null
        },
        {
          "name": "user",
          "kind": {
            "is": "text"
          },
          "label": "User",
          "help": "The user of the server.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "password",
          "kind": {
            "is": "secret"
          },
          "label": "Secret of the password",
          "help": "The name of a secret that the user proves itself by.",
          "default": null,
          "optional": false,
          "with": null
        },
        {
          "name": "authorities",
          "kind": {
            "is": "path"
          },
          "label": "Certificate authorities",
          "help": "A file with those that speak for the server, in PEM form; left out, those that browsers believe.",
          "default": null,
          "optional": true,
          "with": null
        }
      ],
      "promise": "numbered",
      "otherwise": [],
      "several": {
        "is": "told",
        "address": "stream",
        "begins": false,
        "own": [],
        "may": [],
        "not_with": []
      },
      "facts": {
        "acknowledged": "A record counts as delivered when the server confirmed it: a stream has it on most of its replicas.",
        "ordering": "The pipeline's, but for records that come again.",
        "security": "TLS 1.2 and 1.3 over amqps; the server is checked by name against `authorities`, and no certificate of this client is offered. A user and a password, which are refused over amqp but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.",
        "limits": "`in_flight_records` are on their way; up to `in_flight_bytes` wait in memory, and then the pipeline does. Streams deduplicate by publishing ids only, which AMQP 0.9.1 doesn't have: a record that is sent again is there twice, with the same `message-id`, which follows from the pipeline's checkpoint and the record's number. With a source whose senders send again, a new run's numbers are others.",
        "other_end": "peer",
        "failures": [
          [
            "No connection, no answer in `timeout_seconds`, the connection ends, or the server doesn't take a record",
            "All that isn't confirmed is sent again, in order, after longer and longer, random times, 2 s at most; what the server had already is there twice. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over."
          ],
          [
            "There is no such queue",
            "`E_RABBITMQ_STREAM`; the run fails in front of the record, and goes on from there."
          ],
          [
            "The user, the password or the virtual host is wrong, or this user isn't allowed to",
            "`E_RABBITMQ_REFUSED`; the run fails in front of the record, and goes on from there."
          ],
          [
            "Without success for `give_up_after_seconds`",
            "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint."
          ],
          [
            "SIGTERM while the server doesn't answer",
            "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint."
          ],
          [
            "The process or the host ends",
            "Records behind the checkpoint are published again, under the ids that they had."
          ]
        ]
      }
    },
    "page": "## Several hosts\n\nA stream has its order, and one run reads it.\nWhat outgrows a host is divided over several streams where it is published (a super stream is that, with a name for each part), and each is read by a pipeline of its own.\n\n## Example\n\nReads a stream, and publishes what the pipeline makes of it to another one.\n\n```text\nconfig.v=1\nconfig.posture=prod\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\nadapter.ingress.kind=rabbitmq\nadapter.ingress.rabbitmq.url=amqp://127.0.0.1:5672\nadapter.ingress.rabbitmq.virtual_host=/\nadapter.ingress.rabbitmq.stream=orders\nadapter.ingress.rabbitmq.start=start\nadapter.ingress.rabbitmq.ahead_records=1000\nadapter.ingress.rabbitmq.in_flight_bytes=16777216\nadapter.ingress.rabbitmq.timeout_seconds=10\nadapter.ingress.rabbitmq.user=byteor\nadapter.ingress.rabbitmq.password=rabbitmq\nadapter.egress.kind=rabbitmq\nadapter.egress.rabbitmq.url=amqp://127.0.0.1:5672\nadapter.egress.rabbitmq.virtual_host=/\nadapter.egress.rabbitmq.stream=orders-masked\nadapter.egress.rabbitmq.in_flight_records=500\nadapter.egress.rabbitmq.in_flight_bytes=1048576\nadapter.egress.rabbitmq.timeout_seconds=10\nadapter.egress.rabbitmq.user=byteor\nadapter.egress.rabbitmq.password=rabbitmq\nadapter.reject.path=/data/orders/rejected.log\nsecrets.rabbitmq.kind=file\nsecrets.rabbitmq.path=/data/keys/rabbitmq\n```\n\nUser and streams are made by whoever runs the server:\n\n```sh\nrabbitmqctl add_user byteor \"$(cat /data/keys/rabbitmq)\"\nrabbitmqctl set_permissions byteor '^$' '^amq\\.default$' '^orders$'\nrabbitmqadmin declare queue name=orders durable=true arguments='{\"x-queue-type\":\"stream\",\"x-max-age\":\"7D\"}'\nrabbitmqadmin declare queue name=orders-masked durable=true arguments='{\"x-queue-type\":\"stream\",\"x-max-age\":\"7D\"}'\n```\n"
  }
];

/** What a source and a sink promise together. */
export const deliveries: Record<`${SourcePromise} ${SinkPromise}`, Promised> = {
  "resumes exact": {
  "delivery": "exactly_once",
  "title": "exactly once",
  "because": "A run goes on where the checkpoint ends, on both sides."
},
  "resumes deduplicates": {
  "delivery": "exactly_once",
  "title": "exactly once",
  "because": "A run goes on where the checkpoint ends, and the sink leaves out what it has already."
},
  "resumes numbered": {
  "delivery": "at_least_once",
  "title": "at least once; once for a receiver that keeps numbers",
  "because": "After a run that was cut off, records behind the checkpoint are sent again, under the numbers that they had."
},
  "resumes repeats": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "After a run that was cut off, records behind the checkpoint are sent again."
},
  "resumes unconfirmed": {
  "delivery": "best_effort",
  "title": "best effort",
  "because": "The sink doesn't say what arrived: what was on its way when a connection ended may be lost, and after a run that was cut off records come again."
},
  "redelivers exact": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "A sender that had no answer sends again, and nothing tells those records from new ones."
},
  "redelivers deduplicates": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "A sender that had no answer sends again, and nothing tells those records from new ones."
},
  "redelivers numbered": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "A sender that had no answer sends again, and nothing tells those records from new ones."
},
  "redelivers repeats": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "A sender that had no answer sends again, and nothing tells those records from new ones."
},
  "redelivers unconfirmed": {
  "delivery": "best_effort",
  "title": "best effort",
  "because": "The sink doesn't say what arrived: what was on its way when a connection ended may be lost, and after a run that was cut off records come again."
},
  "forgets exact": {
  "delivery": "at_most_once",
  "title": "at most once",
  "because": "The source can't be asked again for records that were on their way when a run ended, and nothing is written twice."
},
  "forgets deduplicates": {
  "delivery": "at_most_once",
  "title": "at most once",
  "because": "The source can't be asked again for records that were on their way when a run ended, and nothing is written twice."
},
  "forgets numbered": {
  "delivery": "best_effort",
  "title": "best effort; at most once for a receiver that keeps numbers",
  "because": "The source can't be asked again for records that were on their way when a run ended; what the sink had no answer for is sent again, under its number."
},
  "forgets repeats": {
  "delivery": "best_effort",
  "title": "best effort",
  "because": "The source can't be asked again for records that were on their way when a run ended; what the sink had no answer for is sent again."
},
  "forgets unconfirmed": {
  "delivery": "at_most_once",
  "title": "at most once",
  "because": "The source can't be asked again for records that were on their way when a run ended, and nothing is written twice."
},
  "chooses exact": {
  "delivery": "exactly_once",
  "title": "exactly once",
  "because": "A run goes on where the checkpoint ends, on both sides."
},
  "chooses deduplicates": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "After a run that was cut off, what the plan makes of the records behind the checkpoint may be something else, so it is written again."
},
  "chooses numbered": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "After a run that was cut off, what the plan makes of the records behind the checkpoint may be something else, so it is written again."
},
  "chooses repeats": {
  "delivery": "at_least_once",
  "title": "at least once",
  "because": "After a run that was cut off, what the plan makes of the records behind the checkpoint may be something else, so it is written again."
},
  "chooses unconfirmed": {
  "delivery": "best_effort",
  "title": "best effort",
  "because": "The sink doesn't say what arrived: what was on its way when a connection ended may be lost, and after a run that was cut off records come again."
},
};

/** Pairs of one adapter that promise more. */
export const together: readonly Together[] = [
  {
    "kind": "kafka",
    "same": [
      "servers"
    ],
    "sink": [
      "delivery",
      "transactions"
    ],
    "promised": {
      "delivery": "exactly_once",
      "title": "exactly once",
      "because": "How far the group has read is committed in the transaction of the records that came of it."
    }
  }
];
