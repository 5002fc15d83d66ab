# The pages in English. A key a line; the same keys as in zh-CN.
name = Mingma 明码
skip = Skip to the page
nav = The ways about
nav-my = My code
nav-record = My record
nav-orders = Orders
nav-compose = New order
nav-appeals = Appeals
nav-log = Public log
nav-how = How it works
playing = You are playing
signed-in = Signed in
sign-in = Sign in
sign-out = Sign out
language-zh = 中文
language-en = English
size-large = Larger letters
size-normal = Normal letters
foot-care = Red or yellow, nobody is ever turned away from medical care.
foot-demo = A demonstration on this machine: everybody in it is invented, and every key is public.
never = never
more = More
list-goes-on = None among those looked at so far. There are more: go on.
people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
to-front = Front page
about-problem = About this problem
call = If you need help, call 12345.
request-id = Number of this request, for the hotline:

front-title = Every colour has to show its reasons
front-lead = A health code that says why, by whom, until when and how to object. Two bodies sign every order, and every attempt stays on the public record, the refused ones too.
front-now = Now in this province
front-red = red
front-yellow = yellow
front-entries = entries in the log
front-as-of = As of
front-refused = Attempts that were refused
front-refused-why = Nobody's colour changed by these. Each is an entry that no one can take out again.
front-refused-none = Nothing was refused lately. A refused attempt would stand here at once.
front-orders = Orders that two bodies put in force
front-orders-none = No order is in force. One would stand here as soon as its second body signs.
front-check = Do not take our word for it
front-check-why = Every line above is an entry of a log that others copy and countersign, and anybody can check.

how-lead = Seven rules that the system keeps, or shows that it was broken.
how-evidence = No evidence, no colour. Evidence comes signed from the department whose duty it is, and from nobody else.
how-two = Two bodies for every order. Whoever proposes cannot approve, and the operator of the system can do neither.
how-reason = The person sees every colour with its reasons: what, why, by whom, on what law.
how-end = Every colour ends by itself, at a time that is known from the first minute.
how-log = Whatever is asked for, accepted or refused, is an entry in a public log that nobody can change unseen.
how-object = Everybody can object. An appeal that nobody answers in time takes the colour away by itself.
how-care = Medical care is never refused for a colour.
how-problems = Every problem that you may be told of
how-interface = The interface for programs

play-title = Try it
play-lead = Play one of these invented people. What you do is judged by the same ledger as everything else.
play-be = Play
play-depositor = You asked a bank for your money. Somebody wants to turn your code red. See why it is green, and stays so.
play-maker = You are told to turn a depositor red, as «inbound». Try it.
play-checker = Another body has proposed orders. See what you would be signing, and decide: one of them is lawful.
play-case = Your code is red. See why, by whom, until when, and object.
play-reviewer = An appeal has come in. You have until its deadline.
play-anybody = Anybody
play-proof = Look an entry up in the public log, and check that it is there.
play-look = Open the log

signin-person = With an activation code
signin-person-how = You get the code on paper or from the hotline 12345, after they have checked who you are.
signin-kind = Document
signin-resident = Resident identity card
signin-passport = Passport
signin-number = Its number
signin-code = Activation code
signin-code-how = With or without hyphens. It works once.
signin-officer = Officers
signin-officer-how = Sign in with the passkey that you registered with your invitation.
signin-passkey = Sign in with a passkey
signin-passkey-failed = That did not work. Try again, or ask the registrar of the province for a fresh invitation.
signin-script = A passkey needs a browser that runs scripts.
signin-provider = With another sign-in

colour-green = Green
colour-yellow = Yellow
colour-red = Red
colour-flag = Note
my-as-of = As of
my-entries = { $count ->
    [one] after { $count } entry of the ledger
   *[other] after { $count } entries of the ledger
}
my-gate = A gate sees the colour and nothing else of this page. Red or yellow, medical care may not be refused to you.
my-green = Why green
my-green-why = No evidence about you is in force that the law ties a colour to. Green needs no reason and no application.
my-green-tried = Somebody may have tried to change it. Attempts without evidence are refused, and stand for everybody to see:
my-from = begins
my-then-yellow = turns yellow
my-ends = ends by itself
my-proof = Recorded in the public log as
my-entry = entry { $entry }
my-words = The same in sentences, as the hotline reads it to you
my-object = Object to this
my-object-measure = The decision: it should not apply to me
my-object-text = In your own words
my-object-hours = { $hours ->
    [one] You get an answer within { $hours } hour. Without one the colour falls to a note by itself.
   *[other] You get an answer within { $hours } hours. Without one the colour falls to a note by itself.
}
my-object-send = Send the objection
my-appeals = Your objections
my-deadline = To be answered by
appeal-open = Waiting for its answer
appeal-unanswered = Not answered in time: the colour fell to a note
appeal-upheld = You were right
appeal-rejected = Rejected

record-lead = The evidence about you, everybody who looked, and who may read for you. All of it is in the file below.
record-looks = Who looked, and what for
record-looks-none = Nobody has looked at your record. Whoever does will stand here, with name of office, time and purpose.
record-evidence = Evidence about you
record-evidence-none = There is no evidence about you.
record-overturned = overturned: it counts for nothing

log-lead = { $count ->
    [one] { $count } entry so far. The newest come first.
   *[other] { $count } entries so far. The newest come first.
}
log-go = Entry
log-show = Show
log-none = Nothing is in the log yet.
log-older = Older entries
entry-title = Entry { $entry }
entry-why = Why it was refused
entry-help = What to do:
entry-check = Check this entry
entry-check-why = On any machine, without trusting this server or this page. Take the key from somebody you trust rather than from here, if you can.
entry-json = The entry as JSON
entry-checkpoint = The newest signed checkpoint
refused = refused
accepted = accepted
col-entry = Entry
col-at = When
col-who = Who
col-what = What
col-ground = Ground
col-people = People
col-result = Result
col-place = Place
col-document = Document
col-permit = Permitted by
col-caused = Changed by it
col-lapsed = Ended by time before it
col-totals = Afterwards
col-act = Commitment to the signed bytes
change-green-yellow = green to yellow:
change-green-red = green to red:
change-yellow-red = yellow to red:
change-yellow-green = yellow to green:
change-red-yellow = red to yellow:
change-red-green = red to green:

orders-lead = Proposed, and waiting for another body.
orders-none = Nothing waits for a second body. A proposal in your place would stand here.
order-look = Look, and decide
order-title = Order
order-status = Where it stands
order-colour = Colour
order-maker = Proposed by
order-reason = Reason given
order-digest = Digest of what was signed
order-proposed = proposed, waits for a second body
order-in_force = in force
order-ended = ended
order-refused = refused
order-withdrawn = withdrawn
order-lapsed = lapsed without a second body
decide-title = Your decision
decide-why = You sign exactly the digest above, under your own name and for your own body. It stands in the public log.
decide-approve = Approve and sign
decide-reason = Why not?
decide-refuse = Refuse and sign
compose-lead = A proposal changes nothing until another body has signed it too.
compose-try = In June 2022 officials turned depositors red as «inbound».
compose-try-fill = Fill in a depositor
compose-area = Place (GB/T 2260, six digits)
compose-people = Identity numbers, one a line
compose-people-how = A person is a document, hashed with a key. More than a thousand are sent as a file.
compose-reason = Reason, in words for the public
compose-propose = Propose and sign
appeals-lead = By deadline. One that nobody answers in time ends the colour by itself.
appeals-none = No appeal waits. The next one will stand here with its deadline.
appeal-reason = Your reason, which the person reads
appeal-uphold = The person is right
appeal-reject = Reject

nav-gate = Gate
gate-lead = Scan a code. It is verified on this device, with no network, and nothing of it is kept.
gate-script = The gate verifies on this device: that needs a browser that runs scripts.
gate-lists-loading = Fetching keys and lists…
gate-care = Whatever the colour: nobody is turned away from medical care. Show the way to a doctor, and call 120.
gate-camera = Start the camera
gate-stop = Stop
gate-picture = From a picture
gate-text = Or scan with a hand scanner, or paste
gate-verify = Verify
gate-verdict-green = Green
gate-verdict-yellow = Yellow
gate-verdict-red = Red
gate-verdict-not-valid = Not valid
gate-verdict-cannot-tell = Cannot tell
gate-reason-current = By the newest list.
gate-reason-old_list = By a list that is older than it should be: connect this device when you can.
gate-reason-unreadable = This is no health code.
gate-reason-unknown_key = No key that this gate knows has signed it.
gate-reason-signature = The signature does not fit: it was altered, or made by somebody else.
gate-reason-key_outside_its_time = The key that signed it did not count at that time.
gate-reason-expired = It has expired. Open the code anew.
gate-reason-not_yet = It is not valid yet.
gate-reason-foreign_list = It points to a list of another place.
gate-reason-no_presentation = Half a code: show it from the phone that it belongs to.
gate-reason-holder_signature = It was not shown by the phone that it belongs to.
gate-reason-no_answer = This gate asks with a number, and the code does not answer it.
gate-reason-wrong_answer = It answers another number.
gate-reason-presentation_old = It is older than a minute: a copy, or a phone whose clock is slow.
gate-reason-presentation_early = It is from the future: check the clocks.
gate-reason-replay = It was shown here a moment ago.
gate-reason-no_list = This gate has not got its list. Connect this device.
gate-reason-list_expired = This gate's list has expired. Connect this device.
gate-reason-list_early = This gate's list is from the future: check the clock.
gate-reason-no_slot = It points outside its list.
gate-form-static = A picture: it could be a copy. Compare with a document.
gate-form-paper = A sheet of paper. Compare with a document:
gate-lists-none = No list yet. Connect this device once.
gate-lists-age = The lists kept here are minutes old:
gate-lists-old = The lists kept here are old. Minutes:
gate-lists-offline = No network: verified by what is kept here.
gate-no-code = No code in this picture, or more than one.
gate-no-camera = No camera may be used here. Choose a picture, or type.
gate-unable = This browser cannot verify codes. Use a newer one.

invited-title = Your invitation
invited-lead = Register how you will sign. The key stays on this device, and nobody else can sign with it.
invited-make = Make a passkey
invited-failed = That did not work. An invitation works once and ends: ask the registrar of the province for a fresh one.
invited-made = Your passkey is made
invited-tell = Tell this fingerprint to the registrar of the province, who puts it on record. Then you can sign in.

nav-code = Show my code
my-show = Show the code to a gate
code-script = The code is signed on this device: that needs a browser that runs scripts. On paper it needs none: ask a counter.
code-loading = Preparing your code…
code-qr = Your code, for a gate to scan
code-sees = A gate sees the colour. It does not see your name, your number or the reasons, and it keeps nothing.
code-why = Why this colour
code-moves = It moves every 15 seconds, so that a picture of it is worth nothing.
code-sign-in = Sign in once to fetch your code; afterwards it works for at least five days without a network.
code-offline = No network: shown from what this device keeps.
code-failed = Your code could not be fetched:
code-unable = This browser cannot sign codes. Use a newer one, or a code on paper.
front-news = There are new entries. Show them
gate-lists-bad = What this site offers does not check; verified by what was kept before.
code-forget = Forget this code on this device
code-forgot = This device has forgotten the code.
record-until = until
record-glass = in an emergency, without a case
proxy-proxy = proxy
proxy-guardian = guardian
appeal-decision = Your decision
appeal-sign = Sign the decision
appeal-measure = Against the decision on the ground:
appeal-evidence = Disputes a piece of evidence: “this did not happen to me”.
arrived-on = Go on

# Composing an order, and the judgement queue
nav-judgement = Judgement
judgement-lead = People in your place with evidence on a ground that nobody has judged yet. Choose whom an order is to be about; you will see what it would do before anybody signs.
judgement-show = Show
judgement-none = Nobody waits for judgement on this ground. Whoever is reported by a department would stand here.
judgement-caption = Waiting for judgement
judgement-choose = Choose
judgement-evidence = Evidence
judgement-source = Reported by
judgement-preview = See what an order would do
compose-preview = See what it would do
compose-chosen = { $count ->
    [one] One person chosen from the control list.
   *[other] { $count } people chosen from the control list.
}
compose-choose = Choose people from the control list
compose-choose-again = Choose again
compose-nobody = An order is about people on the control list.
preview-title = What this order would do
preview-without = { $count ->
    [one] One of these people has no evidence on this ground. The ledger would refuse the whole order, and the refusal would stand in the public log.
   *[other] { $count } of these people have no evidence on this ground. The ledger would refuse the whole order, and the refusal would stand in the public log.
}
preview-counties = { $count ->
    [0] evidence from no county
    [one] evidence from one county
   *[other] evidence from { $count } counties
}
preview-who = Who must approve
preview-second = A second body: another one than yours.
preview-province = The province: this is too many for one place, or a numbered document.
preview-unlike = Unlike the last 21 days?
preview-never = Nobody here had a measure on this ground in the last 21 days.
preview-larger = { $times } times the busiest of the last 21 days.
preview-alike = No more than the busiest of the last 21 days.
preview-this = This order
preview-busiest = Busiest day
preview-mean = Mean of a day
counties-title = Where
counties-how = Places in the order of their codes, darker for more people; not to scale.
counties-elsewhere = { $count ->
    [0] Everybody is counted in a county.
    [one] The evidence about 1 person names no county here.
   *[other] The evidence about { $count } people names no county here.
}
sign-without = Once a reason is given, what you sign stands here.
sign-title = What you sign
sign-what = For { $body }: a measure on { $count ->
    [one] one person
   *[other] { $count } people
} for «{ $ground }» in { $place }, with this reason:
sign-why = Your name is not shown to the public, your body's is. Signing cannot be undone; the order can be withdrawn.
# The person's own pages.
left-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
} and { $hours ->
    [one] { $hours } hour left
   *[other] { $hours } hours left
}
left-hours = { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} and { $minutes ->
    [one] { $minutes } minute left
   *[other] { $minutes } minutes left
}
left-minutes = { $minutes ->
    [one] { $minutes } minute left
   *[other] { $minutes } minutes left
}
again-kept = Nothing that you typed is lost: change it below, or send it again.
parts-newest = Back to the newest
remedies = You may also ask for administrative reconsideration within sixty days, or go to court within six months.

my-why = Why
my-source = From
my-document = Numbered command document
my-by = Decided by
my-by-rule = A rule published beforehand, by itself
my-approved = Approved by
my-approved-rule = Nobody, case by case: the rule applies to everyone alike. Object, and a human decides.
my-approved-emergency = Nobody yet. It ends after 24 hours, and oversight was told.
my-steps = Since, and until
my-then-flag = falls to a note, which restricts nothing
my-by-itself = It ends by itself. You need not do anything, ask anybody or go anywhere.
my-earlier = Green earlier
my-earlier-none = Nothing shortens it, but an objection that is upheld.
my-earlier-count = × { $count }, at least { $hours } hours apart
my-earlier-itself = turns by itself as soon as it is reported
my-earlier-asked = on request, at 12345
my-rule = The rule
my-unanswered = If nobody answers by then, the colour falls to a note by itself.
my-appeals-all = All objections
my-dispute = This did not happen to me
my-dispute-why = You need no proof. Whoever reported it has to show that it is true; if it is not, it is never used about you again.
my-doors = More that is yours
door-appeals = Objections
doors-appeals = What you objected to, how long is left for the answer, and what was answered.
door-history = History
doors-history = Every change of your colour and its cause, who looked, and who received anything.
door-record = Record
doors-record = The evidence about you. Whatever did not happen to you, you can say so there.
door-paper = Code on paper
doors-paper = Seven days on one sheet, as good as a phone.
door-family = Family and proxies
doors-family = Whose code you may see, and who may see yours.
door-out = Going out
doors-out = To a doctor, to somebody who needs you, or home, while your code is not green.
door-questions = Questions
doors-questions = Ask, and see who owes you the answer until when.
door-data = Your data
doors-data = Take a copy, correct, delete.

appeals-own-lead = Each has a clock, and a human of another body answers.
appeals-own-none = You have not objected to anything. An objection would stand here with the time left for its answer.
appeals-more = Another objection
appeals-how = Object to a decision beside its colour, or to a fact beside the evidence. It costs nothing and needs no proof.
appeal-said = What you said,

record-more = More about you

history-lead = Your colour from the first day on. The public log has an entry for each decision.
history-changes = Every change of your colour
history-none = Your code has always been green. A change would stand here with its cause and its entry.
history-began = a measure began
history-time = a step that was known from the beginning
history-released = ended early, by itself, by new evidence
history-asked = ended early, on request
history-withdrawn = the order was withdrawn
history-appeal = your objection was upheld
history-overturned = the evidence was overturned
received = Who received your data
received-nobody = No other body was given anything about you by this system.
received-gate = A gate sees a colour and no name, keeps nothing, and tells no server.
received-counts = What is published and reported upwards is numbers of people.
received-notice = Your telephone number or mail address goes to the carrier of a notice, when one is sent to you.
received-list = Bodies that decide orders see evidence in their place by a number that only the ledger can tie to you, without a name.
received-read = Officers who look are told above. Whoever answers an objection, a request or a question reads it, and so does whom you let see, under “Family and proxies”.

family-lead = Somebody may see a code for another: for a child, for a parent without a phone. Both see it, and either can end it.
family-mine = Whose code you may see
family-mine-none = Nobody's. A person who binds you, or a child whose guardian you are, would stand here.
family-theirs = Who may see yours
family-theirs-none = Nobody but you. Whoever may would stand here, with until when.
family-place = Person { $place } of your list
family-look = Code and record
family-end = End this
family-end-why = From then on nothing more is shown. What was shown before stays on record for both.
family-end-now = End it now
family-bind = Let somebody see yours
family-bind-why = Bind only somebody whom you trust, by their document.
family-sees = They see your code with its reasons, your record, and who looked.
family-not = They cannot object, ask or print for you, and cannot let others in.
family-told = You are told at once, and the binding stands in the public log without names.
family-stop = It ends by itself at the time you choose, or at once when either of you ends it.
family-number = Number of their document
family-days = For how long
family-for = { $days } days
family-bind-now = Let them see
family-child = A child under fourteen
family-child-how = A guardian is bound at an office that has seen the papers, not online. The child then stands in your list above. 12345 says where.
family-person = Code of somebody who is bound to you
family-object = To object for somebody else, call 12345 or go to the review body: the same clock runs.
family-evidence = Evidence about this person

paper-lead = A sheet with a code for today and each of the next six days, for whoever has no phone or wants none.
paper-valid = It is good at every gate, as good as a phone. Nobody may be turned away for showing paper.
paper-day = One code a day: show that of the day. It is good until noon of the next.
paper-colour = The paper has no colour. The gate's device tells the colour of that moment, so a sheet never goes stale.
paper-shows = Beside the codes stand your masked name, year of birth and the last four characters of your document, for a gate to compare.
paper-lost = If it is lost, call 12345: its codes are then withdrawn.
paper-make = Make the sheet
paper-none = No printer? A counter, a neighbourhood office or the hotline prints it for you.
paper-print = Print this page: it is one sheet of A4. Cut the days apart if you like.
paper-title = Health code on paper
paper-born = born
paper-ends = document ends in
paper-rule = One code a day. Scan that of the day, and compare with an identity document. As good as a phone at every gate of the province.
paper-code = Code of
paper-until = good until
paper-care = Red or yellow is never a reason to refuse medical care.
paper-help = Questions, loss, objections: 12345

out-medical = For medical care you need no permission. Go, or call 120: no gate and no hospital may stop you for a colour. What you ask for here puts that in writing at once.
out-green = Your code is green. Nothing restricts you, and there is nothing to ask for.
out-lead = The headquarters of the place that your colour is from decides, with reasons.
out-waits = One request waits for its answer. Another can be made once it has one, or is over.
out-need = What for
out-from = From
out-until = Until
out-until-how = 24 hours at most, in the time of China. It ends by itself.
out-text = Where to and why, in your own words
out-send = Ask
out-mine = What you asked for
out-none = Nothing yet. A request would stand here with the time left for its answer.
movement-open = waits for its answer
movement-overdue = late: the deadline has passed without an answer
movement-granted = granted
movement-refused = refused
movement-ended = over
movement-lapsed = over without an answer

question-lead = Anything about your code or record. Your question has one owner at each moment, and passing it on does not move the deadline.
question-text = Your question, in your own words
question-send = Ask
question-mine = What you asked
question-none = Nothing yet. A question would stand here with who owes the answer until when.
question-open = Waiting
question-overdue = Late
question-answered = Answered
question-owner = Who owes the answer:
question-late = The deadline has passed. Oversight sees that, and whose question it is to answer. You can also call 12345.
question-passed = { $count ->
    [one] Passed on once:
   *[other] Passed on { $count } times:
}
question-back = back to somebody who had it before
question-wrong = Not content? Ask again, or object.

data-lead = The data about you are yours to read, copy, correct, and have deleted (Personal Information Protection Law, articles 44 to 50).
data-copy = Take a copy
data-copy-why = One file with everything on record about you: code, evidence, measures, objections with their answers, who looked. Programs can read it.
data-copy-now = Download the file
data-copy-care = On a computer that others use, delete the file afterwards.
data-correct = Correct
data-correct-how = A fact about you that is wrong: dispute it in the record. Anything else, as a name or a number: ask, and the office corrects it by your document.
data-delete = Delete
data-delete-how = What is deleted, and when:
data-kept-own = Name, document number, telephone and slot: on request, as soon as no colour stands. The key that opens them is destroyed, and with it every copy.
data-kept-day = What leads from a code that a gate saw to you: by itself, after 31 days.
data-kept-log = The public log never had your name. On deletion the salts of your leaves are destroyed, and nobody can tie them to you any more.
data-kept-end = Everything else: when the emergency ends. Then the law has it destroyed (Emergency Response Law, article 85).
data-delete-ask = Ask for deletion
data-delete-then = It is a question with an owner and a deadline. While a colour stands you need the record to object, so deletion waits until it has ended.
data-delete-text = Your request
data-delete-words = Please delete my personal information (article 47).
data-refused = If a request is refused
data-refused-how = A refusal has to give its reasons. You read it under “Questions”, with the name of the body that refuses.
# The hotline's desk
nav-hotline = Callers
nav-cases = Cases
play-agent = Somebody calls about a code. One search shows all that the person sees, with words to read aloud.
hotline-lead = One search, one answer: exactly what the person sees, so that nobody has to ask a second office.
hotline-try = Try it: fill in an invented caller.
hotline-try-case = a confirmed case
hotline-purpose = What you look for
hotline-purpose-try = the person asks about the code
hotline-case = Number of the call or case
hotline-seen = You sign the look, and it is an entry of the ledger: the person sees your office, the time, the purpose and the number. It closes after two hours.
hotline-look = Sign and look
hotline-glass = An emergency, and no number
hotline-glass-care = Only where life or health is in danger and there is no time for a number. The person is told at once, and oversight has it on its board.
hotline-glass-reason = What the emergency is (the person reads it)
hotline-glass-look = Sign and look in an emergency
call-title = The answer to this call
call-look = Your look is on record:
call-until = open until
call-glass = This is an emergency look: the person was told, and oversight has it on its board.
call-script = To read aloud
script-in-english = Read it in English
script-in-chinese = Read it in Chinese
script-hello = Hello. What I see now is exactly what you see when you open your code.
script-can = If you think that the decision is wrong, or that this did not happen to you, I can file your objection now; you need not ask another office. If nobody answers in time, the colour falls to a note by itself.
script-green = You need not do anything, nor ask for anything. If somebody tells you that something is wrong with your code, tell me who, and where.
script-care = Medical care is not affected: whatever the colour, no hospital may turn you away.
script-nothing = An early end asks for the tests and papers of the rule, and for nothing else. If somebody wants you to sign a promise, to leave, or to drop a complaint, tell me.
call-seen = What the person sees
call-record = Evidence, and who looked
call-object = Object for the caller
call-object-what = What does the caller say is wrong?
call-object-measure = The decision: it should not apply to the caller
call-object-evidence = The fact: this did not happen to the caller
call-object-text = In the caller's words
call-object-send = Sign and file the objection
release-needs = { $count ->
    [1] { $evidence }
   *[other] { $count } × { $evidence }, at least { $hours } hours apart
}
release-met = The conditions of an early end are met:
release-missing = It can end early with:
release-convert = Sign the early end
call-cases = Cases of the caller
call-cases-none = There are none.
call-open = Log this call as a case
call-open-why = A case has one owner and a deadline. Passing it on does not start the clock again; it is counted, and the person sees it.
call-open-text = What the caller needs
call-open-send = Sign and open the case
call-to-cases = Cases of your office
call-code = Activation code
call-code-why = Once you have checked who is calling, hand out a code: with it the person signs in, reads everything, and objects alone.
call-code-make = Make a code
call-code-once = It is shown this once. Read it to the caller, and write it nowhere else.
call-code-how = It works once, within seven days, and is void after five wrong tries. It goes on the page for signing in, with the number of the document.
call-back = Back to this call
call-next = The next call
cases-lead = What your office owes an answer to, by deadline. Passing on does not start the clock again.
cases-none = Nothing waits for an answer. What is opened here or passed to you appears with its deadline.
cases-open = Open
case-title = Case
case-open = waits for an answer
case-overdue = overdue
case-answered = answered
case-first = with the first office
case-bodies = { $count ->
    [2] now with the 2nd office
    [3] now with the 3rd office
   *[other] now with the { $count }th office
}
case-returns = { $count ->
    [1] sent back once
   *[other] sent back { $count } times
}
case-return = sent back
case-history = Who had it
case-look = Look at this person's code
case-look-purpose = to answer this case
case-look-sign = Sign and look
case-answer = Answer
case-answer-text = The answer (the person reads it)
case-answer-sign = Sign the answer
case-answer-given = The answer
case-pass = It is not ours
case-pass-why = Say why; the person reads it. The deadline stays. Each passing on is counted, and oversight sees it.
case-pass-to = Pass it to
case-pass-choose = Choose an office
case-pass-reason = Why (the person reads it)
case-pass-sign = Sign and pass it on

# The oversight body's board
nav-oversight = Oversight
play-watcher = You watch those who use the code, not those who carry it. See what is wrong with this week, and open each signed entry.
oversight-lead = What a lawful week does not have, and every signed entry behind it. Nothing here is about a person.
oversight-window = Entries { $from } to { $until } of the log
oversight-found = To be looked at
oversight-silent = Not found
oversight-more = and { $count } more
oversight-sums = Is any red without an entry?
sums-hold = None is. Each red and yellow that the record counts has its entry in the log.
sums-broken = They differ. The record does not count what the log adds up to: look into it now.
sums-log = The log adds up to
sums-record = The record counts
sums-entries = Entries added up
sums-first = First that does not fit
pattern-cluster = One body, one ground, within an hour, { $people } people or more (our default).
pattern-held = So many people in a report that the standing rule stopped, and the rest waits for the province.
pattern-splitting = One body, one ground: each order under { $bar } people, and together { $bar } or more within { $window } hours (the rules in force).
pattern-short_lived = Orders withdrawn less than { $hours } hours after they took effect (our default).
pattern-untested = The withdrawal of an order turned people green: no test, no paper, an office's word.
pattern-bargain = Somebody asked for green where no rule of release was met, as in “sign that you go home”.
pattern-emergency = One body decided alone; it ends by itself within 24 hours.
pattern-glass = Somebody's record was looked at without a case.
pattern-overdue = Nobody answered in time; the colour has fallen to a note by itself.
pattern-late = The day was closed or received after the hour.
pattern-refused = What the ledger refused, most first.
col-acts = times
col-newest = newest
col-entries = signed entries

# The review body's desk
review-open = See the rule and the evidence
review-left = { $hours } h { $minutes } min left
review-title = Appeal
review-rule = The rules in force
review-basis = Basis
review-needs = Evidence that it needs
review-suppliers = Who may supply it
review-steps = How long
review-link = Linked to
review-days = { $hours ->
    [0] { $days } days
   *[other] { $days } days { $hours } hours
}
review-behind = The evidence behind it
review-purpose = to review an appeal
review-decide = Decide
review-back = All appeals

# The registrar's desk
nav-office = Registry
play-registrar = You put on record who may sign, until when, and with which key. You cannot set a colour yourself.
office-lead = Who may do what for which office, and until when. Each registration and revocation is a signed entry; a registrar cannot set a colour.
office-bodies = Registered offices
office-law = The rules in force
office-pack = Rule pack
office-sunset = All of it ends
office-digest = Digest
office-rules = Read every ground of the rules
office-no-law = No rule pack was adopted, so nobody can set a colour. Run mingma pack adopt.
office-officers = Officers
office-officer = Officer
office-roles = Roles
office-term = Term
office-key = Key
office-do = To do
office-running = in office
office-not-yet = term not begun
office-ended = term ended
office-revoked = key revoked
office-account = Account at
office-invite = Invite
office-revoke = Revoke the key
office-revoke-why = Why (it is on record)
office-revoke-sign = Sign and revoke
office-kind = Kind
office-id = Id
office-health = Is the system well?
office-doctor = Run this on the server: it looks at the ledger, the files, the server and the published site one by one, and says what to do.
office-invited = The link of invitation
office-invited-once = It is shown this once. Give it to the officer by hand or on a way that you trust. It works once, within a day.
office-invited-then = The officer opens it, makes a passkey and gets a fingerprint. Once that is on record (officer.register or key.rotate) the officer can sign in.
# What the public sees: the proof of an entry.
my-check = check it
check-lead = Your browser can check right here that this very entry is in the public log: by the mathematics of the log, by its signature, and by the witnesses who countersign it.
check-here = Check it here
check-script = Checking here needs a browser that runs scripts. The commands below need none.
check-busy = Fetching the entry and its proof, and calculating…
check-recorded = Recorded in the public log as entry {"{entry}"}, one of {"{size}"}. The log has signed this.
check-witnessed = Confirmed by {"{count}"} witnesses, who show everybody the same log; that is as many as the policy asks for.
check-waits = Not yet confirmed by enough witnesses ({"{count}"} so far). They are asked again every few seconds: check once more in a minute.
check-unwitnessed = This log has no witnesses yet: that others are shown the same log cannot be checked here.
check-same = What this page says of the entry is what the log holds, to the last byte.
check-pinned = Checked against the key of the log that this device has known since it first opened the gate:
check-unpinned = Checked against the key of the log that this server told just now; compare it with one from somebody you trust:
check-false = The check FAILED. What was shown is not what the log holds, or it was not signed by the log.
check-keep = Do not believe this entry. Keep the page and the proof, and show both to the oversight body or call 12345.
check-unreachable = The proof could not be fetched, so nothing is known. An entry of the last few seconds has none yet; try again.
check-unable = This browser cannot check signatures. Use a newer one, or the commands below.
check-copied = Copied
check-elsewhere = Check it yourself, elsewhere
check-copy = Copy the commands
check-proof = The proof
check-data = Everything to take along

# What the public sees: counts, orders, refused attempts.
nav-counts = Daily counts
nav-refused = Refused attempts
nav-decided = Orders and what was said of them
nav-rules = The rules in force
nav-data = Data to take
front-refused-all = All refused attempts
front-orders-all = All orders, with what was said of them
front-counts-all = Other days, and the numbers to take along
counts-title = Imposed on { $day }
counts-lead = How many red and yellow measures began on a day, and how many were ended before their time. Made from the ledger itself, as it stands now.
counts-places = By city
counts-grounds = By ground
counts-all = All
counts-released = ended early
counts-withheld = not shown
counts-withheld-why = “Not shown” stands for a number below { $least }, from which somebody could be guessed, and for one that would give such a number away. Which number is small is our own choice; no law sets it.
counts-none = Nothing was imposed on this day. Whatever is will be counted here at once, by city and by ground.
counts-day = Day
counts-series = Day by day
counts-series-why = The last fortnight up to this day
counts-csv = This day as CSV
counts-json = This day as JSON
counts-every = Every day as JSON
refused-lead = What somebody asked for and the ledger refused, newest first. Nobody's colour changed by it, and nobody can take the entry out again.
nav-own-refused = Refused to us
own-refused-lead = What your own body asked for and the ledger refused, newest first: by which rule, and what to do. Nobody's colour changed by it. Each is an entry of the public log; oversight sees it too.
own-refused-none = Nothing that your body asked for was refused.
own-refused-teach = The ledger judges every act and every report by the rules in force. One that it refuses changes nothing and stands here at once, with the rule and with what to do: mend it, sign it again, or ask the body whose duty it is.
own-refused-end = There is nothing before that.
own-refused-by = signed by
own-refused-by-body = your body's own key
own-refused-by-nobody = nobody on record: the signature was not valid
own-refused-all = Everybody's refused attempts
decided-lead = Every order about a set of people, newest first: who proposed it, which other body approved it or did not, and what the authorities have said of it in public.
decided-none = Nobody has proposed an order yet. The first one will stand here, with whoever signs it.
decided-waits = No second body has decided on it; until one does, it changes nothing.
decided-said = What was said of it in public
decided-silent = No statement has been published on this order.

# What the public sees: the rules as law.
law-none = No rule pack is in force, so nothing can be imposed on anybody.
law-past = This pack is no longer in force. The one that is:
law-contents = Chapters
law-version = version { $version }
law-adopted = adopted by
law-digest = Digest of the pack:
law-archive = The pack itself
law-ours-why = Where no source gives a rule, the system has one of its own; it is marked “our default” with its reason, and claims no law.
law-ours = Our default, not law:
law-article = Article { $number }
law-history = Packs that were adopted
law-pack = Pack
law-instrument = Instrument
law-sunset = Ends
law-changed = Changes
law-changes = from the one before
law-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
law-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
law-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
law-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
chapter-general = General rules
chapter-grounds = Grounds: what may turn a code yellow or red
chapter-proofs = Evidence that ends a measure
chapter-authority = Who may do what
chapter-limits = What no rule pack can change
chapter-words = What people are told
chapter-sources = Sources
law-valid = Where and when
law-valid-text = These rules hold in { $place } from { $from } until { $until }. After that nothing can be imposed and every code is green.
law-existing = Measures of the rules before
law-existing-text = Measures imposed under earlier rules: { $time }.
law-bodies = Two bodies
law-bodies-text = An order needs two bodies: one proposes it, another approves it, each by a personal signature over the same text. Whoever runs the system can do neither.
law-volume = Size
law-volume-text = From { $people } people on, counted together over { $window } for one ground, body and prefecture, the province approves. Splitting a list in parts changes nothing.
law-emergency = Emergency
law-emergency-text = In an emergency one body may impose a measure alone. It ends by itself within { $time } and is reported to the oversight body at once.
law-notice = Notice
law-notice-text = Whoever gets a colour is told within { $time }: why, by whom, on what law, until when, and how to object.
law-appeal = Objection
law-appeal-text = An objection is answered by a person of the review body within { $time }. If it is not, the colour falls to a note that restricts nothing.
law-conversion = Requests
law-conversion-text = Whoever meets the conditions for green and asks for it is green within { $time }.
law-daily = Daily report
law-daily-text = Every city closes its day at { $time } and reports it to the province.
law-counted = The days are counted
law-automatic = Imposed by this rule itself when the evidence arrives.
law-automatic-people = From { $people } people a day on, the province decides first.
law-by-order = May also be imposed by an order of two bodies.
law-evidence = Evidence that it needs
law-release = What ends it early
law-kind = Evidence
law-pieces = { $count } ×
law-gap = at least { $time } apart
law-after = not before { $time } have passed
law-by-itself = ends by itself when this is there
law-on-request = on request
law-authority = What no article permits is forbidden. Each permission names what it rests on.
law-permit = May:
law-forbid = May not, in this case:
law-exactly = The exact wording, as the system applies it
law-caps-title = Limits of the system itself
law-caps = Whatever a rule pack says:
cap-red = no red lasts longer than { $most };
cap-yellow = no yellow lasts longer than { $most };
cap-order = a measure on a command document alone ends within { $most };
cap-emergency = a measure on the emergency path ends within { $most };
cap-volume = the number from which the province approves cannot be set above { $most } people;
cap-appeal = an answer to an objection cannot be given longer than { $most }.
law-words-title = The sentences
law-words = Every code, notice and hotline uses these sentences. What stands in brackets is filled in.
changes-title = What changes
changes-none = Nothing changes.
changes-count = { $count ->
    [one] { $count } change.
   *[other] { $count } changes.
}
changes-whole = The rules as a whole
changes-way = For the person
changes-what = What
changes-before = Before
changes-after = After
changes-stricter = stricter
changes-milder = milder
changes-other = neither
changes-provision = Who may do what
value-name = Name
value-version = Version
value-province = Province
value-title = Title of the instrument
value-number = Number of the instrument
value-issuer = Issued by
value-date = Date
value-valid_from = In force from
value-sunset = Ends
value-utc_offset_s = Time zone, in seconds
value-existing = Measures of the rules before
value-notice = Time to tell the person
value-appeal = Time to answer an objection
value-conversion = Time to grant a request
value-emergency = Length of an emergency measure
value-daily_close_s = Close of the day, in seconds from midnight
value-people = People from whom on the province approves
value-window = Over how long people are counted
value-basis = Legal basis
value-anchor = From when days are counted
value-red = Red lasts
value-yellow = Yellow lasts
value-flag = The note lasts
value-automatic = Happens by itself
value-by_order = May be imposed by order
value-automatic_people = People from whom on the rule itself stops
value-suppliers = Who may supply it
value-required = What it must state
value-max_age = No older than
value-link = Must be linked to
value-min_precision = At least as exact as
value-evidence = Evidence
value-count = How many pieces
value-gap = How far apart
value-after = Not before
value-true = yes
value-false = no

# What the public sees: downloads and problems.
downloads-lead = Everything that the public log and the published site hold. There is no name, no number and no place where anybody was in any of it.
downloads-what = What
downloads-address = Address
downloads-form = Form
downloads-size = Size
downloads-is-checkpoint = The newest state of the log, signed
downloads-is-counts = The counts of a day, by city and ground
downloads-is-statements = What authorities have said in public
downloads-is-packs = The rule packs, each with its archive
downloads-is-openapi = What programs may ask
downloads-is-policy = Which log, which witnesses, how many of them
downloads-is-vkey = The public key of the log
downloads-is-entries = The newest entries; every earlier one in files of 256
downloads-is-every = The counts of every day
downloads-is-said = Public statements in one file
downloads-is-laws = The rule packs in one list
downloads-is-lists = The status lists that gates verify codes by
downloads-is-aggregation = Which status lists there are
downloads-is-keys = The keys that sign codes and lists, with their proofs
downloads-is-did = The same keys as a DID document
downloads-no-site = This server does not publish the site itself; ask whoever runs it for its address.
downloads-entry = One entry
downloads-entry-how = Each entry has a page, its leaf as JSON, and a proof that it is in the log.
downloads-check = How to check all of it
downloads-check-how = The first command fetches the whole log, calculates it anew and compares every number with it; the second goes on doing so, and keeps the evidence if anything is changed later. They need no permission and ask this server for nothing but these files.
downloads-terms = Terms
downloads-terms-how = Anybody may take, copy, keep and pass on all of this, without asking and without saying why. Say where it is from and as of which entry.
problems-title = What can go wrong
problems-lead = Every problem that this server may tell you of, with what to do.
problems-what = What happened
problems-do = What to do
problems-call = Whom to call
problems-programs = For programs:
how-everybody = Open to everybody
# The departments' desk
nav-reports = Reports
reports-lead = The evidence that your body has sent, and how each row fared. The newest come first.
reports-none = Your body has sent nothing yet. Once it has, this page says of every row whether it is on record, and why not.
report-send = Send evidence
report-lead = Choose what you send. Here are the kinds that the rules let your body send, and no others.
report-no-kinds = The rules in force let your body send no kind of evidence.
report-proves = Ground:
report-releases = release from a measure
report-choose = Choose a file
report-try = In June 2022 a list of depositors passed for entry records. Try the same here:
report-try-it = send “entry records”
report-not-yours = The rules do not let your body send this kind. In this demonstration you may sign and push it all the same: the ledger refuses, and the refusal stands.
report-file = File
report-file-how = CSV, Excel (.xlsx) or JSON, at most 8 MiB and 100,000 rows. You can drop it here. It is looked through, and not kept.
report-purpose = Duty or purpose under which it was collected
report-purpose-usual = epidemic prevention and control
report-check = Look it through
report-columns = Columns needed
report-such-as = Such as
report-headings = The first row has the headings, in any order.
report-fresh-days = The fact stated is at most { $days } days old.
report-fresh-hours = The fact stated is at most { $hours } hours old.
report-template = Download a template (CSV)
report-workbook = Download a template (Excel)
report-example = Download an example with two mistakes
report-kind = What
report-parts = Parts
report-whole = all there
report-missing = { $came } of { $parts } parts there
report-go-on = Go on
report-resume = Choose the same file again: it goes on where it stopped.
report-id = Report
report-fate = How a report fared
report-correct = To correct it
report-correct-refused = Refused rows: mend them and send them again. You may send the whole file: rows on record are recognised and not doubled.
report-correct-held = Rows held for the province: the evidence is on record; beyond the volume guard the province has to approve a colour.
report-correct-false = A row on record is not taken back by its sender. If it is false, tell the person or the hotline 12345, who dispute it; struck out by the review body, it never counts again.
rows-recorded = On record
rows-duplicate = Known before
rows-held = Held for the province
rows-refused = Refused
rows-none-refused = No row was refused.
rows-refused-why = Refused rows
row-in-file = Row { $row } of the file
row-in-report = Row { $row } of those sent
file-format = The name does not tell how the file is written. End it with .csv, .xlsx, .json or .jsonl.
file-missing = A column is missing: { $column }. Add it to the first row, or compare with the template.
file-twice = Two columns are: { $column }. Keep one of them.
file-unreadable = The file cannot be read. Save it as .xlsx without a password or as CSV UTF-8, the table on the first sheet, the headings in row 1.
file-too-many = It has more than 100,000 rows. Split it, or sign it at your office with mingma report sign.
draft-good = Rows that can be sent
draft-faulty = Rows to mend
draft-mend = To mend
draft-again = Choose the mended file
draft-more = The first { $count } are shown.
draft-before = The very same rows were sent before, all of them. Sent again, rows on record are not doubled.
draft-before-see = See how they fared
draft-left-out = These columns mean nothing here and are left out:
draft-gone = Choose this file again
draft-gone-do = Files are not kept here. Choose the same file again: what was pushed is not sent twice, and it goes on where it stopped.
comma = {", "}
fault-row = Row
fault-column = Column
fault-cell = Cell
fault-why = What is wrong, and what to do
fault-whole = the whole row
fault-hidden = its content is not shown
fault-ragged = { $number } cells, another number than headings
fault-ragged-do = put values that have commas in quotation marks
fault-quotes = quotation marks do not match
fault-quotes-do = write a quotation mark inside a quoted value twice
fault-encoding = not UTF-8
fault-encoding-do = save it as “CSV UTF-8”
fault-json = not a JSON object of texts and numbers
fault-json-do = write one object a line, with texts
fault-repeated = the same name twice
fault-repeated-do = keep one of the two
fault-too-long = longer than { $number } bytes
fault-too-long-do = shorten it
fault-empty = empty
fault-empty-do = fill it in
fault-document-length = a document number of another length
fault-document-length-do = a resident number has 18 characters; compare with the document
fault-document-character = place { $number } of the document number is wrong
fault-document-character-do = compare that place with the document
fault-document-old = a resident number of the old 15 digits
fault-document-old-do = give the 18 characters on the present card
fault-document-check = the document number is wrong: its check character does not match
fault-document-check-do = one character is wrong or two are swapped; compare with the document
fault-document-address = the first six digits name no division
fault-document-address-do = compare them with the card
fault-document-birth = the birth date in the number is not in the calendar
fault-document-birth-do = compare digits 7 to 14 with the card
fault-division = not a division code
fault-division-do = give the six digits of GB/T 2260
fault-division-unknown = no such division
fault-division-unknown-do = look it up in GB/T 2260
fault-time = not a date and time
fault-time-do = write it like 2022-06-13 08:00
fault-word = not a word of this column
fault-word-do = use one of its words, as the template does
fault-character = an unprintable character
fault-character-do = type it again
fault-interval = the end lies before the beginning
fault-interval-do = exchange the two, or correct one
fault-link-incomplete = a kind of linked document without its number
fault-link-incomplete-do = fill in the linked document's number too
fault-duplicate = the same person and number as in row { $number }
fault-duplicate-do = delete one of the rows, or correct the number
fault-digits-lost = kept as a number by the spreadsheet, so that digits were lost
fault-digits-lost-do = format the column as text and type it again
fault-formula = its formula shows an error
fault-formula-do = replace the formula by its value
push-title = Sign and push
push-only = The { $count } rows that can be sent are sent; mend the others and send them afterwards, nothing is doubled.
push-part = Part { $part }:
push-stands = there
push-waits = not there yet
push-all = All of it is there.
push-fate = See how each row fared
push-persona = Demonstration: whom you play signs with the body's key, which everybody knows.
push-sign = Sign and push
push-script = It is signed in your browser, which has to run scripts for that. Without: mingma report sign, then mingma report push.
push-key-why = Sign with your body's key file. The key is used in this browser alone; it is not sent and not kept. If the connection breaks, press again: it goes on where it stopped.
push-key = Your body's key file
push-signing = Signing and pushing…
push-no-key = This is no key file that can be used. Choose the one that mingma key new wrote.
push-other-key = This is not the key on record for your body. Nothing was sent.
push-unable = This browser cannot sign with such a key. Use a newer one, or mingma report sign.
push-lost = The connection broke. What is there stays there: press again later, and it goes on where it stopped.
push-busy = The server is busy; it goes on by itself…
push-refused = It was not taken:
play-clerk = You send evidence for a centre for disease control. Send a file with mistakes, see which cells they are in, mend it, sign, and see how each row fares.

# Daily reports
nav-days = Daily reports
days-left = Left until { $hour } (hours:minutes)
days-late = Late since { $hour } (hours:minutes)
days-closed = Closed today
days-received = Received today
days-own-closed = Your day is closed:
days-own-open = Your day is not closed yet.
days-own-late = Your day is not closed, and it is late. Close it all the same; that it was late stands on record.
days-as-of = Clock:
days-close = Close your day
days-close-why = Only counts by ground are reported, and nobody is named. Once signed, the counts are fixed.
days-which = Day
days-close-sign = Close and sign
days-of = Places on
days-before = The day before
days-after = The day after
days-none = No body in your place owes days. Once a city's big-data bureau is registered, its days stand here.
days-week = The last seven days
days-col-closed = Closed
days-col-received = Received
days-missing = Missing
days-waiting = not yet
days-was-late = Late
days-receive = Receive and sign
days-not-received = not yet
days-two-ledgers = How a city with a ledger of its own reports upward
days-two-ledgers-how = Close the day in the city's ledger, then send it to the province's. If it breaks off, run the same again; the receipt is kept.
record-evidence-count = Evidence
play-bureau = You report for the whole city, by 18:00. See how much of today is left, and what is missing of the days before.
