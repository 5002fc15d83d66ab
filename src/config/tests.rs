//! What a configuration may say, and how it is told that it may not.

use super::*;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

/// A directory with a configuration in it.
struct Place(TempDir);

impl Place {
    fn holding(text: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.file("mingma.toml", text, 0o600);
        place
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn settle(
        &self,
        environment: &[(&str, &str)],
        options: &[(&str, String)],
    ) -> Result<Settled, Faults> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(owned).collect();
        settle(
            Some(&self.0.path().join("mingma.toml")),
            &environment,
            options,
        )
    }

    fn faults(&self) -> Vec<String> {
        let Faults(faults) = self.settle(&[], &[]).unwrap_err();
        faults.into_iter().map(|fault| fault.what).collect()
    }
}

#[test]
fn an_option_goes_before_the_environment_the_file_and_the_default() {
    let place = Place::holding("[server]\nlisten = \"127.0.0.1:1\"\n[limits]\nrequests = 7\n");
    let settled = place.settle(&[], &[]).unwrap();
    assert_eq!(settled.config.server.listen, "127.0.0.1:1");
    assert_eq!(settled.config.limits.requests, 7);
    assert_eq!(
        settled.config.limits.connections,
        Limits::default().connections
    );
    let environment = [
        ("MINGMA_SERVER_LISTEN", "127.0.0.1:2"),
        ("MINGMA_LIMITS_REQUESTS", "8"),
        ("MINGMA_LOG_REQUESTS", "false"),
    ];
    let options = [("server.listen", "127.0.0.1:3".to_owned())];
    let settled = place.settle(&environment, &options).unwrap();
    assert_eq!(settled.config.server.listen, "127.0.0.1:3");
    assert_eq!(settled.config.limits.requests, 8);
    assert!(!settled.config.log.requests);
    let from = |key: &str| settled.sources[key].to_string();
    assert_eq!(from("server.listen"), "--listen");
    assert_eq!(from("limits.requests"), "MINGMA_LIMITS_REQUESTS");
    assert!(!settled.sources.contains_key("limits.connections"));
}

#[test]
fn nothing_said_is_a_server_on_loopback() {
    let settled = settle(None, &[], &[]).unwrap();
    assert_eq!(settled.config.server.listen, "127.0.0.1:8080");
    assert_eq!(settled.config.limits(), Limits::default());
}

#[test]
fn every_fault_is_named_at_once_with_its_line_and_what_to_do() {
    let place = Place::holding(
        "[server]\nlisten = \"0.0.0.0:80\"\norigni = \"x\"\norigin = \"henan\"\nsite = \"/nowhere\"\n\
         [limits]\nrequests = 0\nconnections = \"many\"\n[limit]\nx = 1\n[notices.webhook]\n\
         url = \"https://sms.example\"\nsecret = 12345\n",
    );
    let Faults(faults) = place
        .settle(&[("MINGMA_SERVER_LISTN", "x")], &[])
        .unwrap_err();
    let what: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
    for (line, key) in [
        ("line 2", "server.listen"),
        ("line 3", "server.origni"),
        ("line 4", "server.origin"),
        ("line 5", "server.site"),
        ("line 7", "limits.requests"),
        ("line 8", "limits.connections"),
        ("line 10", "limit.x"),
        ("line 13", "notices.webhook"),
        ("MINGMA_SERVER_LISTN", "no such setting"),
    ] {
        let named = |what: &&&str| what.contains(line) && what.contains(key);
        assert_eq!(
            what.iter().filter(named).count(),
            1,
            "{line}, {key}: {what:#?}"
        );
    }
    assert_eq!(what.len(), 9, "{what:#?}");
    assert!(faults.iter().all(|fault| !fault.help.is_empty()));
    assert!(!what.iter().any(|what| what.contains("12345")), "{what:#?}");
}

#[test]
fn what_is_no_toml_is_named_with_its_line() {
    let faults = Place::holding("[server]\nlisten = \nsite = \n").faults();
    assert!(faults[0].contains("line 2"), "{faults:?}");
    assert!(faults[1].contains("line 3"), "{faults:?}");
    let faults = Place::holding("listen = \"127.0.0.1:80\"\n").faults();
    assert!(
        faults[0].contains("line 1") && faults[0].contains("section"),
        "{faults:?}"
    );
}

#[test]
fn beyond_this_machine_it_speaks_tls_or_a_proxy_does() {
    let open = "[server]\nlisten = \"[::]:80\"\n";
    let faults = Place::holding(open).faults();
    assert!(faults[0].contains("in clear"), "{faults:?}");
    let behind = Place::holding(&format!("{open}behind_proxy = true\n"));
    assert!(
        behind
            .settle(&[], &[])
            .unwrap()
            .config
            .limits()
            .behind_proxy
    );
    let faults = Place::holding(&format!("{open}certificate = \"c.pem\"\n")).faults();
    assert!(faults[0].contains("`server.key` is missing"), "{faults:?}");
}

#[test]
fn a_key_of_tls_is_for_nobody_else_to_read_and_belongs_to_its_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let place = Place::holding("");
    let certificate = place.file("c.pem", &made.cert.pem(), 0o644);
    let options = |key: PathBuf| {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        [
            ("server.listen", "0.0.0.0:443".to_owned()),
            ("server.certificate", text(&certificate)),
            ("server.key", text(&key)),
        ]
    };
    let key = place.file("k.pem", &made.signing_key.serialize_pem(), 0o600);
    assert!(place.settle(&[], &options(key)).is_ok());
    let shown = place.file("shown.pem", &made.signing_key.serialize_pem(), 0o640);
    let fault = place.settle(&[], &options(shown)).unwrap_err();
    assert!(fault.0[0].what.contains("others can read it"), "{fault}");
    let other = rcgen::KeyPair::generate().unwrap();
    let other = place.file("other.pem", &other.serialize_pem(), 0o600);
    let fault = place.settle(&[], &options(other)).unwrap_err();
    assert!(
        fault.0[0].help.contains("belongs to the certificate"),
        "{fault}"
    );
    let fault = place
        .settle(&[], &options(place.0.path().join("none")))
        .unwrap_err();
    assert!(fault.0[0].what.contains("`server.key`"), "{fault}");
    let ends = crate::tls::ends(&certificate).unwrap();
    assert_eq!(ends.as_unix(), 67_090_118_400);
}

#[test]
fn the_example_says_every_setting() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mingma.toml");
    let text = std::fs::read_to_string(path).unwrap();
    // What is written as a comment counts as said.
    let example: toml::Table = text.parse().unwrap();
    let place = Place::holding(&text.replace("/srv/www/henan", "/"));
    let config = place.settle(&[], &[]).unwrap().config;
    for (key, _) in config.all() {
        let mut keys = key.split('.');
        let first = keys.next().unwrap();
        let said = match example.get(first) {
            // `identity.1.name` is said in some `[[identity]]`.
            Some(toml::Value::Array(all)) => {
                let name = keys.nth(1).unwrap();
                all.iter().any(|one| one.get(name).is_some())
            }
            section => keys.fold(section, |value, key| value?.get(key)).is_some(),
        };
        let name = key.rsplit('.').next().unwrap();
        assert!(said || text.contains(&format!("# {name} = ")), "{key}");
    }
}

#[test]
fn secrets_are_not_for_others_to_read_and_never_shown() {
    let text = "[notices.webhook]\nurl = \"https://sms.example\"\n\
                secret = \"whsec_dGhpcy1pcy1hbi1leGFtcGxlLW1ha2UteW91ci1vd24=\"\n";
    let place = Place::holding(text);
    let config = place.settle(&[], &[]).unwrap().config;
    let shown = format!("{:?} {config:?}", config.all());
    assert!(
        shown.contains("sms.example") && !shown.contains("whsec_"),
        "{shown}"
    );
    place.file("mingma.toml", text, 0o640);
    assert!(place.faults()[0].contains("others can read"));
    place.file("mingma.toml", "[server]\n", 0o644);
    assert!(place.settle(&[], &[]).is_ok());
}

/// An identity provider for officers without a fault.
const PROVIDER: &str = "[[identity]]\nname = \"gov\"\ntitle = \"G\"\n\
    issuer = \"https://id.example\"\nclient_id = \"mingma\"\nsigns_in = \"officers\"\n";

#[test]
fn an_identity_provider_is_with_tls_has_a_name_of_its_own_and_says_whom_it_signs_in() {
    assert!(Place::holding(PROVIDER).settle(&[], &[]).is_ok());
    for (old, new, key) in [
        ("gov", "Gov!", "identity.1.name"),
        ("\"G\"", "\" \"", "identity.1.title"),
        ("https://", "http://", "identity.1.issuer"),
        ("\"mingma\"", "\"\"", "identity.1.client_id"),
        ("\"mingma\"", "7", "identity.1"),
        ("client_id", "client", "identity.1"),
        ("\"officers\"", "\"dogs\"", "identity.1"),
        ("\"officers\"", "\"people\"", "identity.1.number_claim"),
        (
            "signs_in",
            "number_claim = \"n\"\nsigns_in",
            "identity.1.number_claim",
        ),
        (
            "signs_in",
            "client_secret_file = \"/nowhere\"\nsigns_in",
            "identity.1.client_secret_file",
        ),
    ] {
        let faults = Place::holding(&PROVIDER.replacen(old, new, 1)).faults();
        let named = format!("`{key}`");
        assert!(
            faults.len() == 1 && faults[0].contains(&named),
            "{faults:?}"
        );
        assert!(faults[0].contains("line "), "{faults:?}");
    }
    let faults = Place::holding(&format!("{PROVIDER}{PROVIDER}")).faults();
    assert!(faults[0].contains("identity.2.name"), "{faults:?}");
    let faults = Place::holding("[identity]\nname = \"gov\"\n").faults();
    assert!(faults[0].contains("identity"), "{faults:?}");
}

#[test]
fn the_secret_of_an_identity_provider_is_in_a_file_for_nobody_else_to_read() {
    for (text, mode, sound) in [
        ("secret\n", 0o600, true),
        ("secret\n", 0o640, false),
        ("\n", 0o600, false),
        (&*"x".repeat(1_025), 0o600, false),
    ] {
        let place = Place::holding("");
        let path = place.file("secret", text, mode);
        let line = format!(
            "client_secret_file = {:?}\nsigns_in",
            path.to_str().unwrap()
        );
        place.file("mingma.toml", &PROVIDER.replace("signs_in", &line), 0o644);
        let settled = place.settle(&[], &[]);
        assert_eq!(settled.is_ok(), sound, "{text:?} {mode:o}");
        let shown = format!("{:?}", settled.map(|settled| settled.config.all()));
        assert!(
            !shown.contains("\"secret\\n\"") && !shown.contains("xxx"),
            "{shown}"
        );
    }
}
