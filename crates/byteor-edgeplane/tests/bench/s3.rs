//! An S3 server of its own for a test: `s3s-fs` over a folder, in a process of its own, which is this test's
//! binary once more. So it can be killed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byteor_config::adapters::s3::{
    S3Addressing, S3Compression, S3Egress, S3Framing, S3Ingress, S3Mode, S3Packed,
};
use byteor_config::{SecretKind, SecretReference};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tokio_rustls::TlsAcceptor;

use super::http::free_port;
use super::tls::file;
use super::{Bench, wait_until};

pub const ACCESS_KEY: &str = "AKIDTHATISLONGENOUGH";
pub const SECRET_KEY: &str = "asecretkeythatislongenough";

/// The ignored test that a server is.
const SERVER: &str = "a_server_until_it_is_killed";

/// The buckets `in` and `out`.
pub struct Server {
    child: Option<Child>,
    folder: tempfile::TempDir,
    pub port: u16,
    more: Vec<(&'static str, String)>,
}

impl Server {
    pub fn start(more: &[(&'static str, String)]) -> Self {
        let mut server = Self {
            child: None,
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            more: more.to_vec(),
        };
        for bucket in ["in-bucket", "out-bucket"] {
            fs::create_dir(server.path(bucket)).unwrap();
        }
        server.begin();
        server
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it, and waits until it takes connections.
    pub fn begin(&mut self) {
        self.remove_unfinished();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", SERVER, "--ignored", "--nocapture"])
            .env("BYTEOR_TEST_S3_ROOT", self.folder.path())
            .env("BYTEOR_TEST_S3_PORT", self.port.to_string())
            .envs(self.more.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        wait_until("the S3 server", || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    /// An object is put whole or not at all; this server writes what stands with one behind it.
    fn remove_unfinished(&self) {
        for key in self.objects("out-bucket").into_keys() {
            let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let name = format!(
                ".bucket-{}.object-{}.internal.json",
                encode("out-bucket"),
                encode(&key)
            );
            if !self.path(&name).exists() {
                fs::remove_file(self.path("out-bucket").join(key)).unwrap();
            }
        }
    }

    /// Puts an object, past the server.
    pub fn add(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path("in-bucket").join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Nobody sees a part of it.
        let aside = self.path("aside");
        fs::write(&aside, bytes).unwrap();
        fs::rename(aside, path).unwrap();
    }

    /// What stands in a bucket, by key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => walk(root, &path, found),
                    false => {
                        let key = path.strip_prefix(root).unwrap().to_str().unwrap();
                        found.insert(key.to_owned(), fs::read(&path).unwrap());
                    }
                }
            }
        }
        let (root, mut found) = (self.path(bucket), BTreeMap::new());
        walk(&root, &root, &mut found);
        found
    }

    /// Uploads in parts that nobody completed.
    pub fn uploads(&self) -> usize {
        let uploads = fs::read_dir(self.path(".uploads"));
        uploads.map_or(0, Iterator::count)
    }

    pub fn ingress(&self, bench: &mut Bench) -> S3Ingress {
        let (access_key, secret_key) = secrets(bench, SECRET_KEY);
        S3Ingress {
            url: format!("http://127.0.0.1:{}", self.port),
            bucket: "in-bucket".into(),
            addressing: S3Addressing::Path,
            region: "us-east-1".into(),
            prefix: None,
            start_after: None,
            mode: S3Mode::StopAtEnd,
            framing: S3Framing::Lines,
            compression: S3Packed::Name,
            in_flight_bytes: 1_048_576,
            poll_seconds: 1,
            timeout_seconds: 5,
            access_key,
            secret_key,
            authorities: None,
        }
    }

    pub fn egress(&self, bench: &mut Bench) -> S3Egress {
        let (access_key, secret_key) = secrets(bench, SECRET_KEY);
        S3Egress {
            url: format!("http://127.0.0.1:{}", self.port),
            bucket: "out-bucket".into(),
            addressing: S3Addressing::Path,
            region: "us-east-1".into(),
            prefix: "some/records-".into(),
            framing: S3Framing::Lines,
            compression: S3Compression::None,
            object_bytes: 65_536,
            object_seconds: 1,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            access_key,
            secret_key,
            authorities: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes the secrets of a bench, and names them.
pub fn secrets(bench: &mut Bench, secret: &str) -> (Option<String>, Option<String>) {
    let named = [("access_key", ACCESS_KEY), ("secret_key", secret)];
    bench.config.secrets = named
        .into_iter()
        .map(|(name, text)| SecretReference {
            name: name.into(),
            kind: SecretKind::File,
            path: file(bench, name, text).to_str().unwrap().into(),
        })
        .collect();
    (Some("access_key".into()), Some("secret_key".into()))
}

/// The server, until it is killed; only as the child of [`Server::begin`].
pub fn serve() {
    let Some(root) = std::env::var_os("BYTEOR_TEST_S3_ROOT").map(PathBuf::from) else {
        return;
    };
    let text = |name: &str| std::env::var(name).ok();
    let port: u16 = text("BYTEOR_TEST_S3_PORT").unwrap().parse().unwrap();
    let kept = Kept {
        inner: Arc::new(FileSystem::new(&root).unwrap()),
        uploads: root.join(".uploads"),
        one: Arc::default(),
        part: Duration::from_millis(
            text("BYTEOR_TEST_S3_PART_MS").map_or(0, |ms| ms.parse().unwrap()),
        ),
    };
    let mut service = S3ServiceBuilder::new(kept);
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = service.build();
    let tls = text("BYTEOR_TEST_S3_CERTIFICATE").map(|path| {
        let key = fs::read(text("BYTEOR_TEST_S3_CERTIFICATE_KEY").unwrap()).unwrap();
        let chain = fs::read(path).unwrap();
        let config = byteor_adapters::net::tls::server(&chain, &key, None).unwrap();
        TlsAcceptor::from(config)
    });
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (service, tls) = (service.clone(), tls.clone());
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                // Whoever ends a connection has a reason.
                match tls {
                    None => drop(http.serve_connection(TokioIo::new(stream), service).await),
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            drop(http.serve_connection(TokioIo::new(stream), service).await);
                        }
                    }
                }
            });
        }
    });
}

/// The file system's server, but that an object is put whole, by one after the other, whoever goes away
/// meanwhile, and that it lists uploads in parts.
struct Kept {
    inner: Arc<FileSystem>,
    uploads: PathBuf,
    /// Held while an object is put, or looked for.
    one: Arc<tokio::sync::Mutex<()>>,
    /// How long a part takes.
    part: Duration,
}

impl Kept {
    fn forget(&self, upload: &str) {
        // It may have been forgotten before.
        let _ = fs::remove_file(self.uploads.join(upload));
    }
}

#[async_trait]
impl S3 for Kept {
    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let _one = self.one.lock().await;
        self.inner.head_object(request).await
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.inner.get_object(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let _one = self.one.lock().await;
        self.inner.list_objects_v2(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let (inner, one) = (Arc::clone(&self.inner), Arc::clone(&self.one));
        let put = tokio::spawn(async move {
            let _one = one.lock().await;
            inner.put_object(request).await
        });
        put.await.unwrap()
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let key = format!("{}\n{}", request.input.bucket, request.input.key);
        let made = self.inner.create_multipart_upload(request).await?;
        fs::create_dir_all(&self.uploads).unwrap();
        let id = made.output.upload_id.clone().unwrap();
        fs::write(self.uploads.join(id), key).unwrap();
        Ok(made)
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        tokio::time::sleep(self.part).await;
        self.inner.upload_part(request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let id = request.input.upload_id.clone();
        let (inner, one) = (Arc::clone(&self.inner), Arc::clone(&self.one));
        let made = tokio::spawn(async move {
            let _one = one.lock().await;
            inner.complete_multipart_upload(request).await
        });
        let made = made.await.unwrap()?;
        self.forget(&id);
        Ok(made)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let id = request.input.upload_id.clone();
        let made = self.inner.abort_multipart_upload(request).await?;
        self.forget(&id);
        Ok(made)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let prefix = request.input.prefix.unwrap_or_default();
        let mut uploads = Vec::new();
        for entry in fs::read_dir(&self.uploads).into_iter().flatten() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let (bucket, key) = text.split_once('\n').unwrap();
            if bucket == request.input.bucket && key.starts_with(&prefix) {
                uploads.push(MultipartUpload {
                    key: Some(key.to_owned()),
                    upload_id: Some(path.file_name().unwrap().to_str().unwrap().to_owned()),
                    ..MultipartUpload::default()
                });
            }
        }
        Ok(S3Response::new(ListMultipartUploadsOutput {
            uploads: Some(uploads),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

/// Something that answers every request the same, whatever it is.
pub struct Scripted {
    pub port: u16,
    /// How many connections came.
    pub came: Arc<AtomicUsize>,
}

impl Scripted {
    /// `answer` is sent as it is, and then nothing more, nor is the connection ended.
    pub fn answering(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                let answer = answer.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    // Until whoever asks goes away; a request is no longer than one read.
                    while stream.read(&mut bytes).is_ok_and(|read| read > 0) {
                        if stream.write_all(&answer).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, came }
    }
}
