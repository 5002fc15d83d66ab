//! Every problem that the server can answer (RFC 9457), in one registry.
//!
//! Invariant: a slug is for ever; each has a status, a title, a detail and a next step in both
//! languages. Refuses: personal data: all words here are fixed, and a refusal names no people.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A language of titles and help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese, the default.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The better of the two by `Accept-Language` (RFC 9110 12.5.4); Chinese where neither is.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let (mut chinese, mut english) = (0_u16, 0_u16);
        let values = headers.get_all(header::ACCEPT_LANGUAGE);
        let texts = values.iter().filter_map(|value| value.to_str().ok());
        for range in texts.flat_map(|text| text.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(1_000, thousandths);
            match tag.split('-').next() {
                Some("zh") => chinese = chinese.max(weight),
                Some("en") => english = english.max(weight),
                Some(_) | None => {}
            }
        }
        if english > chinese {
            Self::English
        } else {
            Self::Chinese
        }
    }
}

/// A weight of `Accept-Language` in thousandths; what is none counts as nothing.
fn thousandths(text: &str) -> u16 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1_000,
        "0" => format!("{rest:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// The words of a problem in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What kind of problem it is.
    pub title: &'static str,
    /// What happened.
    pub detail: &'static str,
    /// What to do next.
    pub help: &'static str,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $variant:ident = $slug:literal, $status:ident, $retry_s:literal,
        $title_zh:literal, $detail_zh:literal, $help_zh:literal,
        $title:literal, $detail:literal, $help:literal;)*) => {
        /// The kind of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The last part of its type.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug,)* }
            }

            /// The status that it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// After how many seconds trying again can help, if it can.
            pub const fn retry_s(self) -> Option<u16> {
                let seconds = match self { $(Self::$variant => $retry_s,)* };
                if seconds == 0 { None } else { Some(seconds) }
            }

            /// Its words in a language.
            pub const fn words(self, language: Language) -> Words {
                match (self, language) { $(
                    (Self::$variant, Language::Chinese) => Words {
                        title: $title_zh, detail: $detail_zh, help: $help_zh,
                    },
                    (Self::$variant, Language::English) => Words {
                        title: $title, detail: $detail, help: $help,
                    },
                )* }
            }
        }
    };
}

problems! {
    /// The request is not well formed.
    Malformed = "malformed-request", BAD_REQUEST, 0,
        "请求格式有误", "地址或请求头不符合接口说明。", "请对照 /api/v1 的接口说明改正后再发送。",
        "malformed request", "the address or a header is not as the interface says", "correct it by the reference at /api/v1 and send it again";
    /// The body is not one signed act or part.
    NotSigned = "not-signed", UNPROCESSABLE_ENTITY, 0,
        "不是签名文件", "正文不是一份 COSE_Sign1 签名的行为或报告分片；没有写入账本。", "请用 mingma 重新签名；一份报告有多个分片时请逐片发送。",
        "not signed bytes", "the body is not one act or report part signed as COSE_Sign1; nothing was written", "sign it again with mingma; send the parts of a report one by one";
    /// Nothing is at this address.
    NotFound = "not-found", NOT_FOUND, 0,
        "没有这个地址", "这个地址没有内容。", "请从 /api/v1 或首页重新查找。",
        "no such address", "nothing is at this address", "begin at /api/v1 or at the front page";
    /// No such entry is published.
    EntryUnknown = "entry-unknown", NOT_FOUND, 0,
        "没有这条记录", "公开账本中还没有这个编号的记录。", "请查看 /api/v1/checkpoint 中的记录总数。",
        "no such entry", "the public log has no entry with this number yet", "see how many there are in /api/v1/checkpoint";
    /// The address has other methods.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, 0,
        "不支持这种请求方法", "这个地址不接受这种请求方法。", "请使用 Allow 响应头列出的方法。",
        "method not allowed", "this address does not take this method", "use a method that the Allow header names";
    /// The body did not come in time.
    Slow = "slow-request", REQUEST_TIMEOUT, 0,
        "请求过慢", "正文没有在时限内送达；没有写入账本。", "请检查网络后再次发送同样的内容。",
        "slow request", "the body did not come in time; nothing was written", "check the network and send the same bytes again";
    /// The body is longer than a submission may be.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, 0,
        "正文过长", "正文超过 8 MiB 的上限；没有写入账本。", "请逐片发送报告；更大的行为请在账本所在机器上提交。",
        "too large", "the body is longer than 8 MiB; nothing was written", "send the parts of a report one by one; submit a larger act at the ledger itself";
    /// The body is of another media type.
    MediaType = "media-type", UNSUPPORTED_MEDIA_TYPE, 0,
        "不支持这种媒体类型", "提交的内容须为 application/cose，且不得压缩。", "请以 Content-Type: application/cose 发送原始签名字节。",
        "unsupported media type", "a submission is application/cose, not compressed", "send the raw signed bytes with Content-Type: application/cose";
    /// The body is not JSON.
    JsonExpected = "json-expected", UNSUPPORTED_MEDIA_TYPE, 0,
        "需要 JSON", "这个接口只接受 application/json。", "请以 Content-Type: application/json 发送。",
        "JSON expected", "this route takes application/json alone", "send it with Content-Type: application/json";
    /// Nobody is known to ask.
    Unauthenticated = "sign-in-first", UNAUTHORIZED, 0,
        "请先登录", "这个接口须知道是谁在请求。", "请登录，或以登记在册的密钥签署请求（见 docs/http-api.md）。",
        "sign in first", "this route must know who asks", "sign in, or sign the request with the key on record (docs/http-api.md)";
    /// The request signature does not hold.
    SignatureInvalid = "request-signature-invalid", UNAUTHORIZED, 0,
        "请求签名无效", "签名不符合约定的形式，或不是登记在册的密钥所签，或与内容不符。", "请对照接口说明的签名一节改正。",
        "request signature invalid", "it has not the agreed form, is not by the key on record, or does not cover this content", "correct it by the section on signatures of the reference";
    /// The request signature is too old or too early.
    SignatureExpired = "request-signature-expired", UNAUTHORIZED, 0,
        "请求签名已过期", "签名的时间窗口已过、尚未开始，或长于 300 秒。", "请校准时钟后重新签署。",
        "request signature expired", "its window has passed, has not begun, or is longer than 300 s", "set the clock and sign again";
    /// The request signature came before.
    SignatureReplayed = "request-signature-replayed", UNAUTHORIZED, 0,
        "请求签名重复", "这个签名的随机数已经用过。", "请用新的随机数重新签署。",
        "request signature replayed", "its nonce was used before", "sign again with a fresh nonce";
    /// Signing in failed.
    SigninFailed = "sign-in-failed", UNAUTHORIZED, 0,
        "登录失败", "证件、激活码、邀请或通行密钥不符，或已用过、已过期。", "请核对后再试；激活码试错五次即作废，可向热线或柜台重新领取。",
        "sign-in failed", "document, code, invitation or passkey do not fit, were used, or have ended", "check and try again; a code is withdrawn after five wrong tries, the hotline or a counter gives another";
    /// No identity provider has this name.
    ProviderUnknown = "identity-provider-unknown", NOT_FOUND, 0,
        "没有这个身份提供方", "没有以这个名称设置的身份提供方。", "可用的身份提供方见 GET /api/v1/signin/identity。",
        "identity provider unknown", "no identity provider is set up under this name", "GET /api/v1/signin/identity has those that are";
    /// The browser comes back to an attempt that is not open for it.
    StateInvalid = "sign-in-state-invalid", FORBIDDEN, 0,
        "登录未在此开始", "这次登录不是从这个浏览器开始的，或已完成，或已超过十分钟。", "请回到登录页重新开始，并在同一个浏览器中完成。",
        "sign-in not begun here", "this attempt to sign in was not begun in this browser, was used, or is older than ten minutes", "begin again at the page for signing in, and stay in the same browser";
    /// The identity provider let nobody in, or the person declined.
    IdentityDenied = "sign-in-denied", FORBIDDEN, 0,
        "登录未获同意", "您在身份提供方处取消了登录，或对方没有同意。", "如要登录，请重新开始并同意；也可以改用其他登录方式。",
        "sign-in denied", "you declined at the identity provider, or it did not let you in", "begin again and agree, or sign in another way";
    /// The identity provider cannot be asked, or answers what it must not.
    ProviderFailed = "identity-provider-failed", BAD_GATEWAY, 30,
        "身份提供方故障", "身份提供方暂时无法访问，或其回答无法使用。", "请在 Retry-After 给出的秒数后再试，或改用其他登录方式；如持续出现，请告知运维人员。",
        "identity provider failed", "the identity provider cannot be reached, or its answer cannot be used", "try again after the seconds in Retry-After or sign in another way; if it stays so, tell the operator";
    /// The identity provider does not take the code.
    CodeRefused = "identity-code-refused", FORBIDDEN, 0,
        "授权码无效", "身份提供方不接受这个授权码：已用过、已过期，或不是发给这里的。", "请回到登录页重新开始。",
        "authorization code refused", "the identity provider does not take this code: it was used, has ended, or is not for this server", "begin again at the page for signing in";
    /// The identity provider's token does not hold.
    TokenInvalid = "identity-token-invalid", FORBIDDEN, 0,
        "身份令牌无效", "身份提供方的令牌不成立：签名、签发者、接收者、期限、随机数或登录时间不符。", "请重新登录；如持续出现，请告知运维人员。",
        "identity token invalid", "the token of the identity provider does not hold: its signature, issuer, audience, time, nonce or time of signing in", "sign in again; if it stays so, tell the operator";
    /// The account at the identity provider is nobody's here.
    AccountUnknown = "account-unknown", FORBIDDEN, 0,
        "账号未登记", "身份提供方的这个账号没有登记给任何工作人员。", "请向登记员领取一次性邀请链接，凭邀请登录一次即完成登记。",
        "account unknown", "this account at the identity provider is no officer's here", "ask the registrar for an invitation and sign in once by its link";
    /// The account is another officer's, or the officer has another account.
    AccountTaken = "account-taken", CONFLICT, 0,
        "账号已登记", "这个账号已登记给另一名工作人员，或您在这个身份提供方已登记另一个账号；邀请仍然有效。", "请登记员先解除原有登记，再凭邀请登录。",
        "account taken", "this account is another officer's, or you have another account there; the invitation can still be used", "have the registrar remove the old binding, then sign in by the invitation";
    /// Nothing is on record about the person whom the identity provider named.
    PersonUnknown = "person-unknown", FORBIDDEN, 0,
        "您没有记录", "账本中没有关于您的任何记录，您的健康码是绿码；没有为您新建任何记录。", "您不必做任何事；如认为应有记录，请拨打热线或到柜台查询。",
        "nothing about you", "nothing is on record about you, so your code is green; no record was made", "there is nothing you need to do; if you expected a record, ask the hotline or a counter";
    /// Too many wrong tries.
    LockedOut = "locked-out", TOO_MANY_REQUESTS, 900,
        "暂时锁定", "错误次数过多，暂停十五分钟。", "请在 Retry-After 给出的秒数后再试。",
        "locked out", "too many wrong tries; locked for fifteen minutes", "try again after the seconds in Retry-After";
    /// More requests than one caller may send.
    TooMany = "too-many-requests", TOO_MANY_REQUESTS, 1,
        "请求过多", "您在一分钟内的请求已达上限；没有写入账本。", "请在 Retry-After 给出的秒数后再次发送，并放慢速度。",
        "too many requests", "as many requests as one caller may send in a minute have come; nothing was written", "send it again after the seconds in Retry-After, and more slowly";
    /// More rows than the organisation's quota for the day.
    OverQuota = "over-quota", TOO_MANY_REQUESTS, 3600,
        "超出当日配额", "该机构今日报送的行数已达配额；没有写入账本。", "请在 Retry-After 给出的秒数（当日结束）后再次发送同样的字节；确需当日报送更多的，请联系运维人员调整配额。",
        "over quota", "the organisation has sent as many rows as its quota for today; nothing was written", "send the same bytes again after the seconds in Retry-After, when the day has ended; if more must come today, ask the operator to raise the quota";
    /// The session's CSRF token is missing.
    CsrfMissing = "csrf-token-missing", FORBIDDEN, 0,
        "缺少防伪令牌", "登录后的写操作须在 X-CSRF-Token 中带上登录时给出的令牌。", "请带上令牌再发送。",
        "CSRF token missing", "an unsafe request under a session names the token that sign-in gave in X-CSRF-Token", "send it again with the token";
    /// The assertion is not for this act by this officer's passkey.
    AssertionInvalid = "assertion-invalid", FORBIDDEN, 0,
        "签署无效", "这次签署不是本人的通行密钥对这项行为所作；没有写入账本。", "请重新起草并签署。",
        "assertion invalid", "it is not by the officer's own passkey over this act; nothing was written", "draft the act again and sign it";
    /// The officer's term does not run, or the key no longer speaks.
    NotInOffice = "not-in-office", FORBIDDEN, 0,
        "不在任期内", "任期尚未开始或已结束，或密钥已撤销。", "请由登记员续任或更换密钥。",
        "not in office", "the term has not begun or has ended, or the key was revoked", "have the registrar renew the term or the key";
    /// The caller may not use this route.
    Forbidden = "not-permitted", FORBIDDEN, 0,
        "不许使用", "这个接口不对您的机构种类和职务开放。", "谁可以使用见 docs/access.md。",
        "not permitted", "this route is not open to your kind of body and role", "docs/access.md has who may use it";
    /// It lies outside what the caller may see.
    OutsideReach = "outside-your-place", FORBIDDEN, 0,
        "不在职责范围", "所查内容不属于您的机构或辖区。", "请向所属机构或上级查询。",
        "outside your place", "it belongs neither to your body nor to your place", "ask the body that it belongs to, or the level above";
    /// The officer has not looked this person up in the last two hours.
    LookFirst = "look-first", FORBIDDEN, 0,
        "请先登记查阅", "查阅个人记录须先签署一次查阅（access.look），写明用途和案号，两小时内有效，本人可见。", "请先提交查阅，再读取。",
        "look first", "a record is read after a signed look (access.look) with purpose and case; it opens for two hours and the person sees it", "submit the look, then read";
    /// The person is nobody's whose proxy the caller is.
    NotBound = "not-bound", FORBIDDEN, 0,
        "没有代办关系", "您不是该人的代办人或监护人，或代办已到期、已解除。", "请由本人在网上窗口或通过热线绑定；不满十四周岁的，由监护人凭证件到办事机构绑定。",
        "not bound", "you are not this person's proxy or guardian, or the binding has ended", "have the person bind you, online or by the hotline; a guardian is bound by an office that saw the papers";
    /// A field says what cannot be.
    FieldInvalid = "field-invalid", UNPROCESSABLE_ENTITY, 0,
        "字段有误", "格式无误，但有字段的内容不成立：编号、区划、时间或用词。", "行为的各个字段见 docs/acts.md，其余见 /api/v1。",
        "field invalid", "the form is right, and a field says what cannot be: an id, a division, an instant or a word", "docs/acts.md has the fields of every act, /api/v1 the rest";
    /// The document cannot be one.
    DocumentInvalid = "document-invalid", UNPROCESSABLE_ENTITY, 0,
        "证件号码有误", "证件类型未知，或号码不符合该类证件的编码规则。", "请核对证件类型和号码。",
        "document invalid", "the kind is unknown, or the number is none of that kind", "check the kind and the number";
    /// There is no such record.
    RecordUnknown = "record-unknown", NOT_FOUND, 0,
        "没有这条记录", "没有这个编号的记录。", "请核对编号。",
        "record unknown", "nothing is on record under this id", "check the id";
    /// The ledger refused the act; the refusal is an entry.
    Refused = "refused", UNPROCESSABLE_ENTITY, 0,
        "账本拒绝", "账本拒绝了这项行为，拒绝已记录在案。", "原因代码与下一步见 refusal；记录编号见 entry。",
        "the ledger refused", "the ledger refused this act, and the refusal is an entry", "see `refusal` for the code and the next step, `entry` for its number";
    /// No counter signs for people here.
    NoCounter = "no-counter", NOT_FOUND, 0,
        "没有网上窗口", "本服务没有设网上窗口，或窗口的密钥目前不能签署；没有写入账本。", "请拨打 12345 或 12320，或到疫情防控指挥部、复核机构当面提出：同样登记、同样限时答复。",
        "no online counter", "this server has no online counter, or its key cannot sign now; nothing was written", "call 12345 or 12320, or ask at the headquarters or the review body: it is filed in the same way, with the same deadline";
    /// No key that issues credentials is made, registered and in its time.
    NoIssuingKey = "no-issuing-key", NOT_FOUND, 0,
        "不能签发健康码", "本服务没有登记在册、在有效期内的签发密钥；没有签发。", "已签发的凭证在其有效期内仍然有效；请到柜台领取纸质健康码，或出示证件，并请运维人员运行 mingma doctor。",
        "no issuing key", "this server has no issuing key that is on record and in its time; nothing was issued", "credentials of before stay good for their time; ask a counter for a sheet of paper, or show a document; the operator runs `mingma doctor`";
    /// No office has entered the person's name.
    NotEntered = "name-not-entered", FORBIDDEN, 0,
        "姓名未录入", "还没有办事机构录入您的姓名和证件，不能签发健康码。", "请持证件到柜台或拨打热线办理录入，再试。",
        "name not entered", "no office has entered your name and document, so no credential can be issued", "have a counter or the hotline enter them by your document, then try again";
    /// As many devices as a day can have.
    TooManyDevices = "too-many-devices", CONFLICT, 0,
        "设备过多", "同一天已有八个设备领取了您的健康码；没有签发。", "请使用已领取的设备；如设备遗失，请由热线或柜台注销后重新领取。",
        "too many devices", "eight devices hold a credential of yours for one of these days; nothing was issued", "use one of them; if a device was lost, have the hotline or a counter withdraw them all, then ask again";
    /// The document does not say the year of birth.
    PaperAtCounter = "paper-at-a-counter", CONFLICT, 0,
        "请到柜台打印", "您的证件不含出生年份，纸质健康码上须有这一项，不能在网上打印；没有签发。", "请持证件到柜台打印，或用手机出示健康码。",
        "paper at a counter", "your document does not say your year of birth, which a sheet shows, so it cannot be printed online; nothing was issued", "have a counter print it by your document, or show the code from a phone";
    /// The idempotency key was used with other bytes.
    KeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, 0,
        "幂等键重复使用", "这个 Idempotency-Key 已用于另一份内容；没有写入账本。", "请为每份内容使用新的键；重发同样内容时使用原来的键。",
        "idempotency key reused", "this Idempotency-Key was used with other bytes; nothing was written", "take a new key for each submission, the same key only for the same bytes";
    /// Something that the operator must look at.
    Internal = "internal", INTERNAL_SERVER_ERROR, 0,
        "服务器内部故障", "公开账本暂时无法读取。", "请稍后再试；如持续出现，请把 x-request-id 告知运维人员。",
        "internal trouble", "the public log cannot be read now", "try later; if it stays so, tell the operator the x-request-id";
    /// Too much at once.
    Busy = "busy", SERVICE_UNAVAILABLE, 1,
        "繁忙", "同时处理的请求已达上限；没有写入账本。", "请在 Retry-After 给出的秒数后再次发送。",
        "busy", "as many requests as possible are being worked on; nothing was written", "send it again after the seconds in Retry-After";
    /// Nothing can be written; reading goes on.
    WritesDown = "writes-are-down", SERVICE_UNAVAILABLE, 60,
        "暂停写入", "账本暂时不能写入，仍可查询。这份内容可能已写入，也可能没有。", "请稍后再次发送同样的字节：已写入的会得到同一编号。",
        "writes are down", "the ledger cannot be written now, and can be read; this submission may or may not have been written", "send the same bytes again later: what was written gets the same entry";
    /// No new work should be sent here now.
    NotReady = "not-ready", SERVICE_UNAVAILABLE, 5,
        "暂不接收新请求", "服务器正在停止，或账本暂时不能写入。", "请把请求发往别处，或稍后再试。",
        "not ready", "the server is stopping, or the ledger cannot be written now", "send requests elsewhere, or try later";
    /// The answer takes too long.
    WritesSlow = "writes-are-slow", SERVICE_UNAVAILABLE, 5,
        "写入缓慢", "写入结果没有在时限内得出，可能稍后完成。", "请再次发送同样的字节：已写入的会得到同一编号。",
        "writes are slow", "the result did not come in time and may come later", "send the same bytes again: what was written gets the same entry";
}

impl Kind {
    /// Its type: a stable address with a page.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The kind with a slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// The kind for a failure that the router found by itself.
    pub fn for_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::Slow,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            status if status.is_client_error() => Self::Malformed,
            _ => Self::Internal,
        }
    }
}

/// A refusal of the ledger, as it is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusalBody {
    /// The stable code.
    pub code: &'static str,
    /// The invariant that it keeps, as `I1` to `I14`.
    pub invariant: String,
    /// The rule in one sentence.
    pub rule: &'static str,
    /// Where the fault lies, without personal data.
    pub detail: String,
    /// What to do next.
    pub help: &'static str,
}

impl From<&Refusal> for RefusalBody {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code.word(),
            invariant: format!("I{}", refusal.code.invariant()),
            rule: refusal.code.rule(),
            detail: refusal.detail.clone(),
            help: refusal.code.help(),
        }
    }
}

/// A problem that is to be answered; the envelope of the request writes it in its language.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    refused: Option<(u64, RefusalBody)>,
    retry_s: Option<u32>,
}

/// A problem as it is written (RFC 9457 3).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A stable address below `/problems/`.
    #[serde(rename = "type")]
    pub uri: String,
    /// What kind of problem it is.
    pub title: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// What happened.
    pub detail: &'static str,
    /// What to do next.
    pub help: &'static str,
    /// This request, by its id.
    pub instance: String,
    /// The entry that the refusal is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Why the ledger refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalBody>,
}

impl Problem {
    /// The act with this entry was refused.
    pub fn refused(entry: u64, refusal: &Refusal) -> Self {
        Self {
            kind: Kind::Refused,
            refused: Some((entry, refusal.into())),
            retry_s: None,
        }
    }

    /// The caller has used up a minute's worth of requests; there is one more after some seconds.
    pub const fn too_many(retry_s: u16) -> Self {
        Self {
            kind: Kind::TooMany,
            refused: None,
            retry_s: Some(retry_s as u32),
        }
    }

    /// The organisation's quota is used up until the day ends, in so many seconds.
    pub const fn over_quota(retry_s: u32) -> Self {
        Self {
            kind: Kind::OverQuota,
            refused: None,
            retry_s: Some(retry_s),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The refused act's entry, and why.
    pub(crate) fn refusal(&self) -> Option<&(u64, RefusalBody)> {
        self.refused.as_ref()
    }

    /// Writes it in a language for a request.
    pub fn body(self, language: Language, request: &str) -> ProblemBody {
        let words = self.kind.words(language);
        let (entry, refusal) = self.refused.unzip();
        ProblemBody {
            uri: self.kind.uri(),
            title: words.title,
            status: self.kind.status().as_u16(),
            detail: words.detail,
            help: words.help,
            instance: format!("urn:uuid:{request}"),
            entry,
            refusal,
        }
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            refused: None,
            retry_s: kind.retry_s().map(u32::from),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if let Some(seconds) = self.retry_s {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Signature realm=\"mingma\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self);
        response
    }
}
