//! A bucket, and what its server's answers mean. The library knows the protocol and signs; what it
//! speaks over is ours: connections to addresses that are allowed, answers of a bounded length, and no
//! second try but the loop's.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{HOST, HeaderValue, IF_NONE_MATCH, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use object_store::list::{PaginatedListOptions, PaginatedListStore as _};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::{
    Attributes, ClientOptions, Error, GetOptions, GetRange, ObjectStore as _, PutMode,
    PutMultipartOptions, PutOptions, RetryConfig,
};
use serde::Deserialize;

use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::tls::Stream;
use crate::trial::{Missed, Step, Trial};

/// The most bytes of an answer that isn't an object.
const ANSWER: usize = 8 * 1024 * 1024;
/// The most bytes of an answer that says why not.
const REFUSAL: usize = 64 * 1024;
/// The most bytes of it that people are told.
const WORDS: usize = 200;
/// What is larger than this is put in parts of as many bytes.
const PART: usize = 8 * 1024 * 1024;

/// A bucket, and who asks for what is in it.
#[derive(Clone)]
pub struct Bucket {
    /// Where it is: the server, with the bucket in front of its name where requests name it there.
    pub peer: Peer,
    /// The same as a URL without a path.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Whether requests name it in front of the server's name; otherwise in the path.
    pub in_host: bool,
    /// What requests are signed for.
    pub region: String,
    /// The id of an access key and its secret key; without them nobody is named.
    pub key: Option<(String, String)>,
    /// How long a connection, an answer and more of one may take.
    pub timeout: Duration,
}

/// The bucket as one task uses it, a request at a time.
pub(super) struct Store {
    bucket: Bucket,
    inner: AmazonS3,
    client: HttpClient,
    line: Line,
}

/// An object of a list.
pub(super) struct Listed {
    pub path: Path,
    pub size: u64,
    /// Tells these bytes from others under the same key; empty where the server doesn't say.
    pub tag: String,
}

/// An object that is being read.
pub(super) struct Got {
    pub tag: String,
    /// How many bytes will come.
    pub length: u64,
    pub bytes: BoxStream<'static, Result<Bytes, Error>>,
}

impl Bucket {
    /// The server, for people.
    pub(super) fn server(&self) -> String {
        format!("the S3 server {}:{}", self.peer.host, self.peer.port)
    }

    pub(super) fn open(&self, allow: &AllowNet) -> Result<Store, AdapterError> {
        let line = Line(Arc::new(Shared {
            peer: self.peer.clone(),
            who: self.server(),
            bucket: self.name.clone(),
            allow: allow.clone(),
            timeout: self.timeout,
            idle: Mutex::default(),
            why: Mutex::default(),
        }));
        let once = RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        };
        let builder = AmazonS3Builder::new()
            .with_endpoint(&self.url)
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_virtual_hosted_style_request(self.in_host)
            .with_retry(once)
            .with_http_connector(line.clone());
        let builder = match &self.key {
            Some((id, secret)) => builder
                .with_access_key_id(id)
                .with_secret_access_key(secret),
            None => builder.with_skip_signature(true),
        };
        let unusable = |error: Error| {
            AdapterError::new(
                "E_S3_REQUEST",
                format!("no request can be made of the config: {error}"),
                "correct the URL, the bucket or the region in the config",
            )
        };
        Ok(Store {
            bucket: self.clone(),
            inner: builder.build().map_err(unusable)?,
            client: HttpClient::new(line.clone()),
            line,
        })
    }

    /// A trial: whether the server takes who asks, has the bucket, and what lies under `prefix`. For a
    /// sink `writes`, of which only a first object tells more.
    pub async fn try_out(
        &self,
        prefix: Option<&str>,
        writes: bool,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) {
        let Some(stream) = self.peer.try_connect(allow, trial).await else {
            return;
        };
        let who = self.server();
        let listed = trial.step(Step::Authenticate, &who, async {
            let store = self.open(allow)?;
            let open = speak(stream).await?;
            *relock(&store.line.0.idle) = Some(open);
            let listed = match store.list(prefix, None, None, 1).await {
                Ok((mut listed, _)) => Ok(listed.pop()),
                // Whose bucket isn't there was told so to somebody who may ask.
                Err(Failed::ForGood(error)) if error.code == NO_BUCKET => Err(error),
                Err(failed) => return Err(failed.into()),
            };
            let whom = match &self.key {
                Some(_) => "the owner of the access key",
                None => "anybody",
            };
            Ok(((store, listed), format!("{who} takes this for {whom}")))
        });
        let Some((store, listed)) = listed.await else {
            return;
        };
        let found = trial.step(Step::Find, &who, async {
            let under = match prefix {
                Some(prefix) => format!("the bucket {} under {prefix}", self.name),
                None => format!("the bucket {}", self.name),
            };
            let more = match writes {
                true => "; whether it may be written, the first object tells",
                false => "",
            };
            let words = match listed? {
                None => format!("{under} has no object yet{more}"),
                Some(listed) => {
                    let key = listed.path.as_ref();
                    let looked = store.head(&listed.path).await?;
                    let looked = looked.ok_or_else(|| {
                        Missed::Why(format!("lists the object {key} and doesn't have it"))
                    })?;
                    format!(
                        "{under} has objects, the first {key} with {} bytes{more}",
                        looked.0
                    )
                }
            };
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }
}

/// The code of a bucket that isn't there.
const NO_BUCKET: &str = "E_S3_BUCKET";

impl Store {
    /// Objects whose keys begin with `prefix` and come behind `after`, in the order of their keys, and
    /// where the list goes on.
    pub async fn list(
        &self,
        prefix: Option<&str>,
        after: Option<&str>,
        token: Option<String>,
        most: usize,
    ) -> Result<(Vec<Listed>, Option<String>), Failed> {
        let options = PaginatedListOptions {
            offset: after.map(str::to_owned),
            page_token: token,
            max_keys: Some(most),
            ..PaginatedListOptions::default()
        };
        let listed = self.inner.list_paginated(prefix, options).await;
        let listed = listed.map_err(|error| match error {
            Error::InvalidPath { source } => Failed::ForGood(AdapterError::new(
                "E_S3_KEY",
                format!(
                    "the bucket {} has a key that can't be read: {source}",
                    self.bucket.name
                ),
                "give the object a key without empty parts, or choose a prefix that it hasn't",
            )),
            error => self.failed(&error),
        })?;
        let objects = listed.result.objects.into_iter().map(|object| Listed {
            path: object.location,
            size: object.size,
            tag: object.e_tag.unwrap_or_default(),
        });
        Ok((objects.collect(), listed.page_token))
    }

    /// The object as it was listed, from its byte `from` on; nothing where it isn't that one any more.
    pub async fn get(&self, path: &Path, tag: &str, from: u64) -> Result<Option<Got>, Failed> {
        let options = GetOptions {
            if_match: (!tag.is_empty()).then(|| tag.to_owned()),
            range: (from > 0).then_some(GetRange::Offset(from)),
            ..GetOptions::default()
        };
        match self.inner.get_opts(path, options).await {
            Ok(got) => {
                let found = got.meta.e_tag.clone().unwrap_or_default();
                if found != tag && !found.is_empty() && !tag.is_empty() {
                    return Ok(None);
                }
                Ok(Some(Got {
                    tag: found,
                    length: got.range.end.saturating_sub(got.range.start),
                    bytes: got.into_stream(),
                }))
            }
            Err(Error::NotFound { .. } | Error::Precondition { .. }) if !self.no_bucket() => {
                Ok(None)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The length of an object and what stands with it; nothing where there is none.
    pub async fn head(&self, path: &Path) -> Result<Option<(u64, Attributes)>, Failed> {
        let options = GetOptions {
            head: true,
            ..GetOptions::default()
        };
        match self.inner.get_opts(path, options).await {
            Ok(got) => Ok(Some((got.meta.size, got.attributes))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Puts an object where there is none; false where there is one.
    pub async fn put(
        &self,
        path: &Path,
        bytes: Bytes,
        attributes: Attributes,
    ) -> Result<bool, Failed> {
        let put = match bytes.len() <= PART {
            true => {
                let options = PutOptions {
                    mode: PutMode::Create,
                    attributes,
                    ..PutOptions::default()
                };
                let put = self.inner.put_opts(path, bytes.into(), options).await;
                put.map(drop)
            }
            false => self.put_parts(path, &bytes, attributes).await,
        };
        match put {
            Ok(()) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn put_parts(
        &self,
        path: &Path,
        bytes: &Bytes,
        attributes: Attributes,
    ) -> Result<(), Error> {
        let options = PutMultipartOptions {
            attributes,
            ..PutMultipartOptions::default()
        };
        let mut upload = self.inner.put_multipart_opts(path, options).await?;
        let mut sent = Ok(());
        for begin in (0..bytes.len()).step_by(PART) {
            let end = (begin + PART).min(bytes.len());
            sent = upload.put_part(bytes.slice(begin..end).into()).await;
            if sent.is_err() {
                break;
            }
        }
        if sent.is_ok() {
            sent = upload.complete().await.map(drop);
        }
        if sent.is_err() {
            // What was told of the failure is to stay; parts that can't be dropped now are at the next
            // start.
            let why = relock(&self.line.0.why).take();
            let _ = upload.abort().await;
            *relock(&self.line.0.why) = why;
        }
        sent
    }

    /// Keys and ids of uploads in parts that nobody completed, whose keys begin with `prefix`.
    pub async fn uploads(&self, prefix: &str) -> Result<Vec<(Path, String)>, Failed> {
        let whole = match self.bucket.in_host {
            true => self.bucket.url.clone(),
            false => format!("{}/{}", self.bucket.url, self.bucket.name),
        };
        // A prefix holds nothing that a query has otherwise.
        let uri = format!("{whole}?prefix={}&uploads=", prefix.replace('/', "%2F"));
        let unusable = |error: &dyn fmt::Display| Failed::again("can't be asked", error);
        let uri: Uri = uri.parse().map_err(|error| unusable(&error))?;
        let request = Request::get(uri).body(HttpRequestBody::empty());
        let mut request = request.map_err(|error| unusable(&error))?;
        if let Some((id, secret)) = &self.bucket.key {
            let credential = AwsCredential {
                key_id: id.clone(),
                secret_key: secret.clone(),
                token: None,
            };
            let signed = AwsAuthorizer::new(&credential, "s3", &self.bucket.region)
                .try_authorize(&mut request, None);
            signed.map_err(|error| unusable(&error))?;
        }
        let answer = self.client.execute(request).await;
        let answer = answer.map_err(|error| self.why(&error))?;
        if !answer.status().is_success() {
            return Err(self.why(&answer.status()));
        }
        let body = answer.into_body().bytes().await;
        let body = body.map_err(|error| Failed::again("broke the connection", &error))?;
        let uploads: Uploads = quick_xml::de::from_reader(&body[..])
            .map_err(|error| Failed::again("answered what isn't known", &error))?;
        let found = uploads.uploads.into_iter();
        let found = found.filter_map(|one| Some((Path::parse(one.key).ok()?, one.id)));
        Ok(found.collect())
    }

    /// Drops the parts of an upload.
    pub async fn abort(&self, path: &Path, id: &String) -> Result<(), Failed> {
        let aborted = self.inner.abort_multipart(path, id).await;
        aborted.map_err(|error| self.failed(&error))
    }

    /// What a failure means for the next try.
    pub fn failed(&self, error: &Error) -> Failed {
        self.why(error)
    }

    fn why(&self, otherwise: &dyn fmt::Display) -> Failed {
        let why = relock(&self.line.0.why).take();
        why.unwrap_or_else(|| {
            let mut words = otherwise.to_string();
            words.truncate(words.floor_char_boundary(WORDS));
            Failed::Again(format!("answered what isn't known: {words}"), None)
        })
    }

    fn no_bucket(&self) -> bool {
        let why = relock(&self.line.0.why);
        matches!(&*why, Some(Failed::ForGood(error)) if error.code == NO_BUCKET)
    }
}

#[derive(Deserialize)]
struct Uploads {
    #[serde(rename = "Upload", default)]
    uploads: Vec<Upload>,
}

#[derive(Deserialize)]
struct Upload {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "UploadId")]
    id: String,
}

/// What a server says of a refusal.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "Code", default)]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

/// What the library speaks over.
#[derive(Clone)]
struct Line(Arc<Shared>);

struct Shared {
    peer: Peer,
    /// The server, for people.
    who: String,
    bucket: String,
    allow: AllowNet,
    timeout: Duration,
    idle: Mutex<Option<SendRequest<HttpRequestBody>>>,
    /// Why the last request failed, where it did.
    why: Mutex<Option<Failed>>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.who)
    }
}

impl HttpConnector for Line {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Line {
    // As the macro that declares the trait writes it.
    fn call<'line, 'call>(
        &'line self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'call>>
    where
        'line: 'call,
        Self: 'call,
    {
        Box::pin(async move {
            *relock(&self.0.why) = None;
            let most = self.0.timeout;
            let answered = tokio::time::timeout(most, self.0.ask(request)).await;
            let failed = match answered {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_) => {
                    let why = format!("didn't answer within {} s", most.as_secs());
                    Failed::Again(why, None)
                }
            };
            let error = std::io::Error::other("the request failed");
            *relock(&self.0.why) = Some(failed);
            Err(HttpError::new(HttpErrorKind::Unknown, error))
        })
    }
}

/// Speaks HTTP over an open connection.
async fn speak(stream: Box<dyn Stream>) -> Result<SendRequest<HttpRequestBody>, Failed> {
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) =
        handshake.map_err(|error| Failed::again("broke the connection", &error))?;
    // Ends with the sender; how is told where a request is sent.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

impl Shared {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let (mut head, body) = request.into_parts();
        let host = head
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let host = HeaderValue::try_from(host);
        let unusable = |error: &dyn fmt::Display| Failed::again("can't be asked", error);
        head.headers
            .insert(HOST, host.map_err(|error| unusable(&error))?);
        let agent = concat!("byteor/", env!("CARGO_PKG_VERSION"));
        head.headers
            .insert(USER_AGENT, HeaderValue::from_static(agent));
        let query = head.uri.query().unwrap_or_default().to_owned();
        if head.method == Method::POST && query.starts_with("uploadId=") {
            // Parts become an object only where there is none, as whole ones do.
            head.headers
                .insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = target.parse().map_err(|error| unusable(&error))?;
        let is_object = head.method == Method::GET && query.is_empty();

        let mut idle = relock(&self.idle).take();
        if let Some(open) = &mut idle
            && open.ready().await.is_err()
        {
            idle = None;
        }
        let answer = match idle {
            Some(mut open) => {
                let again = Request::from_parts(head.clone(), body.clone());
                match open.send_request(again).await {
                    Ok(answer) => Some((open, answer)),
                    // The server closed it as it was used; each request may come twice.
                    Err(_) => None,
                }
            }
            None => None,
        };
        let (open, answer) = match answer {
            Some(answer) => answer,
            None => {
                let mut open = speak(self.peer.connect(&self.allow).await?).await?;
                let answer = open.send_request(Request::from_parts(head, body)).await;
                let answer =
                    answer.map_err(|error| Failed::again("broke the connection", &error))?;
                (open, answer)
            }
        };
        *relock(&self.idle) = Some(open);
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            let rest = Limited::new(body, REFUSAL).collect().await;
            let rest = match rest {
                Ok(rest) => rest.to_bytes(),
                Err(_) => {
                    // What is left of it would be taken for the next answer.
                    *relock(&self.idle) = None;
                    Bytes::new()
                }
            };
            let asked = head.headers.get(RETRY_AFTER);
            let asked = asked.and_then(|asked| asked.to_str().ok()?.parse().ok());
            let said = quick_xml::de::from_reader(&rest[..]).unwrap_or_default();
            *relock(&self.why) = Some(self.judge(head.status, &said, asked));
            return Ok(HttpResponse::from_parts(head, rest.into()));
        }
        let broken = |error| HttpError::new(HttpErrorKind::Interrupted, error);
        if is_object {
            let body = HttpResponseBody::new(body.map_err(broken));
            return Ok(HttpResponse::from_parts(head, body));
        }
        let all = Limited::new(body, ANSWER).collect().await;
        let all =
            all.map_err(|error| Failed::again("broke an answer off, or made it too long", &error))?;
        let all = all.to_bytes();
        // Any other document would be read as a list of nothing.
        if query.contains("list-type=2") && memmem::find(&all, b"ListBucketResult").is_none() {
            let why = "answered what isn't known: no list".to_owned();
            return Err(Failed::Again(why, None));
        }
        Ok(HttpResponse::from_parts(head, all.into()))
    }

    /// What a refusal means for the next try; `asked` is how many seconds the server asks to wait.
    fn judge(&self, status: StatusCode, said: &Refusal, asked: Option<u64>) -> Failed {
        let mut words = format!("answered {status}");
        let mut add = |between: &str, text: &str| {
            let plain = text.chars().filter(|char| !char.is_control());
            let plain: String = plain.take(WORDS).collect();
            if !plain.is_empty() {
                words = format!("{words}{between}{plain}");
            }
        };
        add(", ", &said.code);
        add(": ", &said.message);
        let passing = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
            || [
                StatusCode::REQUEST_TIMEOUT,
                StatusCode::CONFLICT,
                StatusCode::TOO_EARLY,
                StatusCode::TOO_MANY_REQUESTS,
            ]
            .contains(&status)
            || said.code == "RequestTimeout";
        if passing {
            return Failed::Again(words, asked.map(Duration::from_secs));
        }
        if said.code == "NoSuchBucket" {
            return Failed::ForGood(AdapterError::new(
                NO_BUCKET,
                format!("{} has no bucket {}", self.who, self.bucket),
                "correct the bucket in the config, or make it on the server",
            ));
        }
        let why = match status.is_redirection() {
            true => ": redirects aren't followed",
            false => "",
        };
        Failed::ForGood(AdapterError::new(
            "E_S3_REFUSED",
            format!("{} {words}{why}", self.who),
            "nothing is lost: correct the URL, the bucket, the region or the secrets in the config, or \
             what the server allows, and start again; the run goes on from the last checkpoint",
        ))
    }
}

/// The next bytes of an object.
pub(super) async fn next(store: &Store, got: &mut Got) -> Result<Option<Bytes>, Failed> {
    let most = store.bucket.timeout;
    match tokio::time::timeout(most, got.bytes.next()).await {
        Ok(None) => Ok(None),
        Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        Ok(Some(Err(error))) => Err(Failed::again("broke the connection", &error)),
        Err(_) => {
            let why = format!("sent nothing for {} s", most.as_secs());
            Err(Failed::Again(why, None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// What a list asks for, head and all.
    async fn asked(in_host: bool) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let bucket = Bucket {
            peer: Peer {
                host: "127.0.0.1".into(),
                port,
                tls: None,
            },
            url: match in_host {
                true => "http://orders.s3.example:9000".into(),
                false => "http://s3.example:9000".into(),
            },
            name: "orders".into(),
            in_host,
            region: "eu-central-1".into(),
            key: Some(("AKID".into(), "secret".into())),
            timeout: Duration::from_secs(10),
        };
        let store = bucket.open(&AllowNet::Everything).unwrap();
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap();
            let body = "<Error><Code>NoSuchBucket</Code><Message>there\nis none</Message></Error>";
            let length = body.len();
            let answer =
                format!("HTTP/1.1 404 Not Found\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            head.truncate(read);
            String::from_utf8(head).unwrap()
        };
        let listing = store.list(Some("web/"), Some("web/a b"), None, 7);
        let (head, listed) = tokio::join!(answering, listing);
        let Err(Failed::ForGood(error)) = listed else {
            panic!("there is no bucket");
        };
        assert_eq!(error.code, NO_BUCKET);
        head
    }

    #[tokio::test]
    async fn a_request_names_the_bucket_where_it_should_and_is_signed() {
        let query = "list-type=2&prefix=web%2F&start-after=web%2Fa+b&max-keys=7";
        for (in_host, path, host) in [
            (false, "/orders", "s3.example:9000"),
            (true, "/", "orders.s3.example:9000"),
        ] {
            let head = asked(in_host).await;
            let line = format!("GET {path}?{query} HTTP/1.1\r\n");
            assert!(head.starts_with(&line), "{head}");
            assert!(head.contains(&format!("\r\nhost: {host}\r\n")), "{head}");
            assert!(head.contains("Credential=AKID/") && head.contains("/eu-central-1/s3/"));
            assert!(!head.contains("secret"), "{head}");
        }
    }

    #[test]
    fn answers_tell_what_passes_from_what_stays() {
        let shared = Shared {
            peer: Peer {
                host: "s3.example".into(),
                port: 443,
                tls: None,
            },
            who: "the S3 server s3.example:443".into(),
            bucket: "orders".into(),
            allow: AllowNet::Everything,
            timeout: Duration::from_secs(1),
            idle: Mutex::default(),
            why: Mutex::default(),
        };
        let judged = |status: u16, code: &str| {
            let said = Refusal {
                code: code.into(),
                message: "m".repeat(1_000),
            };
            shared.judge(StatusCode::from_u16(status).unwrap(), &said, Some(3))
        };
        for (status, code) in [
            (500, "InternalError"),
            (503, "SlowDown"),
            (429, ""),
            (409, "ConditionalRequestConflict"),
            (400, "RequestTimeout"),
        ] {
            let judged = judged(status, code);
            let Failed::Again(why, Some(asked)) = judged else {
                panic!("{status} {code}: {judged:?}");
            };
            assert!(why.len() < 300 && asked == Duration::from_secs(3), "{why}");
        }
        for (status, code, told) in [
            (403, "SignatureDoesNotMatch", "E_S3_REFUSED"),
            (400, "InvalidArgument", "E_S3_REFUSED"),
            (301, "PermanentRedirect", "E_S3_REFUSED"),
            (501, "NotImplemented", "E_S3_REFUSED"),
            (404, "NoSuchBucket", NO_BUCKET),
        ] {
            let judged = judged(status, code);
            assert!(
                matches!(&judged, Failed::ForGood(error) if error.code == told),
                "{status} {code}: {judged:?}"
            );
        }
    }
}
