//! `seawall sign`.

use crate::arguments::SignArguments;
use crate::exit::Outcome;
use crate::{clock, output, registry_client, target::read_bounded};
use anyhow::{Context, Result, bail};
use model::{Digest, Redacted};
use oci::Reference;
use registry::Client;
use signatures::{KeyAlgorithm, PrivateKey, Publication, SignedImage};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Bytes of a key file.
const KEY_BYTES_MAX: u64 = 1 << 20;
/// Images of an index that are signed with it.
const MEMBERS_MAX: usize = 1000;
/// The variable that holds the password of a key, as with cosign.
const PASSWORD: &str = "COSIGN_PASSWORD";

pub(crate) fn run(arguments: &SignArguments) -> Result<Outcome> {
    if let Some(prefix) = &arguments.generate_key {
        return generate(prefix);
    }
    let (Some(image), Some(key)) = (&arguments.image, &arguments.key) else {
        bail!("an image and a key are needed");
    };
    let key = read_key(key)?;
    let client = registry_client::client(&arguments.registry)?;
    let reference: Reference = image.parse()?;
    let mut images = vec![client.resolve(&reference)?.digest];
    if arguments.recursive {
        images.extend(members(&client, &reference, &images[0])?);
    }
    for digest in images {
        sign(arguments, &client, &reference, digest, &key)?;
    }
    Ok(Outcome::Clean)
}

fn sign(
    arguments: &SignArguments,
    client: &Client,
    reference: &Reference,
    digest: Digest,
    key: &PrivateKey,
) -> Result<()> {
    let publication = if arguments.referrer {
        // By its digest: a tag may have moved since.
        let fetched = client.manifest(&reference.clone().with_digest(digest.clone()))?;
        let media_type = fetched.media_type.unwrap_or_default();
        let size_bytes = fetched.bytes.len() as u64;
        let signed = SignedImage { media_type, digest: digest.clone(), size_bytes };
        signatures::sign_as_referrer(key, &signed, &clock::timestamp())?
    } else {
        let name = format!("{}/{}", reference.host(), reference.path());
        let name = arguments.signed_as.as_deref().unwrap_or(&name);
        let hint = "(hint: --signed-as HOST/REPOSITORY[:TAG], as those who verify name the image)";
        name.parse::<Reference>().with_context(|| format!("'{name}' is no name of an image {hint}"))?;
        let tag = signatures::cosign_tag(&digest, "sig");
        let existing = existing(client, reference, &tag)?;
        signatures::sign_for_tag(key, name, &digest, existing.as_deref())?
    };
    publish(client, reference, &digest, &publication)?;
    println!(
        "{}: signed by {}, kept at {}",
        reference.clone().with_digest(digest).familiar(),
        key.public().id().short(),
        publication.name
    );
    Ok(())
}

/// The images of an index, of the indexes in it too; none of a single image.
fn members(client: &Client, reference: &Reference, digest: &Digest) -> Result<Vec<Digest>> {
    let (mut found, mut open): (Vec<Digest>, Vec<Digest>) = (Vec::new(), vec![digest.clone()]);
    while let Some(digest) = open.pop() {
        let fetched = client.manifest(&reference.clone().with_digest(digest.clone()))?;
        if let Some(mismatch) = fetched.mismatch {
            bail!("the registry sends another {} ({} for {digest})", mismatch.what, mismatch.actual);
        }
        let document =
            oci::parse_document(&fetched.bytes, fetched.media_type.as_deref(), &model::Limits::default());
        // Whatever else an index may list is signed all the same, and holds nothing further.
        let Ok(oci::Document::Index(index)) = document else { continue };
        for descriptor in index.manifests {
            if found.len() == MEMBERS_MAX {
                bail!("the index lists more than {MEMBERS_MAX} images");
            }
            if !found.contains(&descriptor.digest) {
                if descriptor.is_index() {
                    open.push(descriptor.digest.clone());
                }
                found.push(descriptor.digest);
            }
        }
    }
    Ok(found)
}

fn publish(client: &Client, reference: &Reference, image: &Digest, publication: &Publication) -> Result<()> {
    for blob in &publication.blobs {
        client.push_blob(reference, &blob.digest, &blob.bytes)?;
    }
    let manifest = &publication.manifest;
    let is_listed =
        client.push_manifest(reference, &publication.name, &manifest.media_type, &manifest.bytes)?;
    let Some(referrer) = publication.referrer.as_ref().filter(|_| !is_listed) else { return Ok(()) };
    let tag = signatures::referrers_tag(image);
    let existing = existing(client, reference, &tag)?;
    let index = signatures::add_referrer(image, existing.as_deref(), referrer)?;
    client.push_manifest(reference, &tag, &index.media_type, &index.bytes)?;
    Ok(())
}

/// The manifest at a tag of the same repository; `None` when there is none.
fn existing(client: &Client, reference: &Reference, tag: &str) -> Result<Option<Vec<u8>>> {
    let there: Reference = format!("{}/{}:{tag}", reference.host(), reference.path()).parse()?;
    match client.manifest(&there) {
        Ok(fetched) => Ok(Some(fetched.bytes)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn read_key(path: &Path) -> Result<PrivateKey> {
    let bytes = read_bounded(path, KEY_BYTES_MAX)?;
    let password = password();
    if PrivateKey::is_encrypted(&bytes) && password.is_none() {
        bail!("{} is encrypted (hint: put its password into {PASSWORD}; it may be empty)", path.display());
    }
    PrivateKey::parse(&bytes, password.as_ref()).with_context(|| format!("cannot use {}", path.display()))
}

fn password() -> Option<Redacted<String>> {
    std::env::var(PASSWORD).ok().map(Redacted::new)
}

fn generate(prefix: &Path) -> Result<Outcome> {
    let with = |extension: &str| {
        let mut name = prefix.as_os_str().to_owned();
        name.push(extension);
        std::path::PathBuf::from(name)
    };
    let (private, public) = (with(".key"), with(".pub"));
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256, password().as_ref())?;
    // A key that is there is never overwritten: what it signed could not be verified any more.
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&private)
        .with_context(|| format!("cannot make {}", private.display()))?;
    std::io::Write::write_all(&mut file, key.private_pem.reveal().as_bytes())
        .with_context(|| format!("cannot write {}", private.display()))?;
    output::write_file(&public, key.public_pem.as_bytes())?;
    println!("{} and {}: key {}", private.display(), public.display(), key.public.id().short());
    Ok(Outcome::Clean)
}
