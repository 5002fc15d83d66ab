//! Identity providers asked over HTTP (OpenID Connect Core 1.0, Discovery 1.0; RFC 6749, 7636, 9207).
//!
//! Invariant: a token counts only when signed by a key that its issuer publishes, for this client,
//! for this attempt, in time, with an algorithm of the list; nothing is asked in clear beyond this
//! machine, followed elsewhere, or read beyond a limit. Refuses: keys shared with the client, `none`.

mod claims;

use crate::config::identity::{Identity, is_safe, secret};
use crate::fetch;
use app::signin::provider::{Attempt, Failure, Fault, Proven, Provider, SignsIn};
use claims::Claims;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse as _,
};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one answer may take.
const TIME_MAX: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1_024;
/// How long what a provider says of itself is believed.
const BELIEVED: Duration = Duration::from_secs(3_600);
/// How far the clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
/// The algorithms that a token may be signed with: RS256, PS256, ES256, EdDSA.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A client that knows where to send the browser and where to redeem codes.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider says of itself, and when it was asked.
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    asked: Instant,
}

/// One identity provider.
pub struct Oidc {
    settings: Identity,
    issuer: IssuerUrl,
    secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    agent: ureq::Agent,
    known: Mutex<Option<Known>>,
}

fn provider(why: impl Into<String>) -> Fault {
    Fault {
        failure: Failure::Provider,
        why: why.into(),
    }
}

fn token(why: impl Into<String>) -> Fault {
    Fault {
        failure: Failure::Token,
        why: why.into(),
    }
}

/// The providers of a configuration, for a server that people find at `origin`.
///
/// # Errors
/// Which of them cannot be used, and why.
pub fn providers(all: &[Identity], origin: &str) -> Result<Vec<Arc<dyn Provider>>, String> {
    let one = |settings: &Identity| {
        let provider = Oidc::new(settings.clone(), origin)?;
        Ok(Arc::new(provider) as Arc<dyn Provider>)
    };
    all.iter().map(one).collect()
}

impl Oidc {
    /// A provider as it is set up; nothing is asked yet.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn new(settings: Identity, origin: &str) -> Result<Self, String> {
        let name = &settings.name;
        let fault = |why: String| format!("identity provider `{name}`: {why}");
        let file = settings.client_secret_file.as_deref();
        let secret = file.map(secret).transpose();
        let secret = secret.map_err(|(why, help)| fault(format!("{why}\nhelp: {help}")))?;
        let back = format!("{origin}/api/v1/signin/identity/{name}/callback");
        let redirect = RedirectUrl::new(back).map_err(|error| fault(error.to_string()))?;
        let issuer = IssuerUrl::new(settings.issuer.clone());
        let issuer = issuer.map_err(|error| fault(error.to_string()))?;
        Ok(Self {
            issuer,
            secret: secret.map(ClientSecret::new),
            redirect,
            agent: fetch::agent_within(false, TIME_MAX),
            known: Mutex::new(None),
            settings,
        })
    }

    /// Asks the provider about itself.
    ///
    /// # Errors
    /// Why it cannot sign anybody in.
    pub fn examine(&self) -> Result<(), String> {
        self.metadata(Duration::ZERO)
            .map(drop)
            .map_err(|fault| fault.why)
    }

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, io::Error> {
        if !is_safe(&request.uri().to_string()) {
            return Err(io::Error::other(
                "it names an address that is neither with TLS nor on this machine",
            ));
        }
        let answer = match request.body().is_empty() {
            true => self.agent.run(request.map(drop)),
            false => self.agent.run(request),
        };
        let (parts, mut body) = answer.map_err(io::Error::other)?.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(io::Error::other)?;
        Ok(HttpResponse::from_parts(parts, body))
    }

    /// What the provider says of itself, asked anew where that is older than `at_most`.
    fn metadata(&self, at_most: Duration) -> Result<Arc<CoreProviderMetadata>, Fault> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref()
            && known.asked.elapsed() < at_most
        {
            return Ok(Arc::clone(&known.metadata));
        }
        let http = |request| self.call(request);
        let found = CoreProviderMetadata::discover(&self.issuer, &http);
        let found = found.map_err(|error| provider(format!("discovery: {}", chain(&error))))?;
        let address = found.authorization_endpoint().as_str();
        if !is_safe(address) || found.token_endpoint().is_none() {
            return Err(provider(
                "discovery: no safe authorization endpoint, or no token endpoint",
            ));
        }
        let metadata = Arc::new(found);
        *known = Some(Known {
            metadata: Arc::clone(&metadata),
            asked: Instant::now(),
        });
        Ok(metadata)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let id = ClientId::new(self.settings.client_id.clone());
        let methods = metadata.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let auth = match in_body {
            true => AuthType::RequestBody,
            false => AuthType::BasicAuth,
        };
        CoreClient::from_provider_metadata(metadata.clone(), id, self.secret.clone())
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(auth)
    }

    /// How old the signing in may be that an attempt accepts, in seconds.
    fn max_age(&self, attempt: &Attempt) -> u32 {
        match attempt.anew {
            true => 0,
            false => self.settings.max_age,
        }
    }

    /// The token for a code.
    fn exchange(
        &self,
        metadata: &CoreProviderMetadata,
        attempt: &Attempt,
        code: &str,
    ) -> Result<CoreIdToken, Fault> {
        let http = |request| self.call(request);
        let client = self.client(metadata);
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|error| provider(error.to_string()))?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let answer = request.set_pkce_verifier(verifier).request(&http);
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(told) => {
                let failure = match told.error() {
                    CoreErrorResponseType::InvalidGrant => Failure::Code,
                    _ => Failure::Provider,
                };
                // Not its description: that may say who it was.
                let why = format!("the token endpoint answers {}", told.error().as_ref());
                Fault { failure, why }
            }
            RequestTokenError::Request(error) => provider(chain(&error)),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                provider("the token endpoint answers what cannot be read")
            }
        })?;
        let found = answer.id_token().cloned();
        found.ok_or_else(|| provider("the token endpoint gives no ID token"))
    }

    /// Every claim of a token, once it is verified.
    fn verified(&self, id_token: &CoreIdToken, attempt: &Attempt) -> Result<Claims, Fault> {
        let nonce = Nonce::new(attempt.nonce.clone());
        let mut at_most = BELIEVED;
        loop {
            let metadata = self.metadata(at_most)?;
            let client = self.client(&metadata);
            let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
            match id_token.claims(&verifier, &nonce) {
                Ok(claims) => {
                    self.check_time(claims, attempt)?;
                    return Claims::of(id_token).ok_or_else(|| token("it has no claims"));
                }
                // Signed with a key that may be newer than what is known here.
                Err(ClaimsVerificationError::SignatureVerification(
                    SignatureVerificationError::NoMatchingKey,
                )) if !at_most.is_zero() => at_most = Duration::ZERO,
                Err(error) => return Err(token(chain(&error))),
            }
        }
    }

    /// Whether the signing in at the provider is recent enough.
    fn check_time(&self, claims: &CoreIdTokenClaims, attempt: &Attempt) -> Result<(), Fault> {
        let at = claims.auth_time();
        let at = at.ok_or_else(|| token("it does not say when somebody signed in"))?;
        let age = i64::from(self.max_age(attempt));
        let oldest = attempt.begun.plus_s(-age - SKEW_S);
        match at.timestamp() >= oldest.as_unix() {
            true => Ok(()),
            false => Err(token("somebody signed in too long ago")),
        }
    }
}

/// An error and what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

impl Provider for Oidc {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn title(&self) -> &str {
        &self.settings.title
    }

    fn signs_in(&self) -> SignsIn {
        self.settings.signs_in
    }

    fn begin(&self, attempt: &Attempt) -> Result<String, Fault> {
        let metadata = self.metadata(BELIEVED)?;
        let client = self.client(&metadata);
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let max_age = Duration::from_secs(self.max_age(attempt).into());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let (address, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_max_age(max_age)
            .url();
        Ok(address.into())
    }

    fn redeem(&self, attempt: &Attempt, code: &str, issuer: Option<&str>) -> Result<Proven, Fault> {
        if issuer.is_some_and(|issuer| issuer != self.issuer.as_str()) {
            return Err(token("the answer names another issuer"));
        }
        let metadata = self.metadata(BELIEVED)?;
        let id_token = self.exchange(&metadata, attempt, code)?;
        self.verified(&id_token, attempt)?.proven(&self.settings)
    }
}
