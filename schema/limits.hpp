// Every bound of the product in one place, each with its reason. What is related is tied by static_assert.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace oncepay::limits {

// --- the wire -------------------------------------------------------------------------------------------------

/// A frame's body. The largest command (open channel with all its lists) needs 22 kB; a pay command about 200 bytes.
inline constexpr uint32_t frame_bytes_max = 64 * 1024;
/// The smallest buffer that can hold a root offset and a file identifier.
inline constexpr uint32_t frame_bytes_min = 8;
/// FlatBuffers verifier bounds. With its defaults a 400-byte frame of shared tables costs 10 ms.
inline constexpr uint32_t verifier_depth_max = 16;
inline constexpr uint32_t verifier_tables_max = 1000;
/// A reply's body, and the tables in it: a list of balances is the largest.
inline constexpr uint32_t reply_bytes_max = 1024 * 1024;
inline constexpr uint32_t reply_tables_max = 10'000;
/// Balances in one reply; a query that matches more gets the first ones and the sums over all.
inline constexpr size_t balances_per_reply_max = 6'000;
static_assert(balances_per_reply_max * 160 < reply_bytes_max && balances_per_reply_max + 2 < reply_tables_max,
              "the largest list of balances fits a reply (160 bytes each: the table, a 96-byte path, its currency)");

/// Bytes one read takes from a socket: several hundred pay commands.
inline constexpr size_t read_chunk_bytes = 128 * 1024;
static_assert(read_chunk_bytes >= frame_bytes_max + 4, "a frame must fit into one chunk");
/// Replies queued for a client that doesn't read; beyond it the connection is closed.
inline constexpr size_t unsent_reply_bytes_max = 4 * 1024 * 1024;
/// The same of all clients together. Beyond it each may have only a little queued, so that whoever reads stays.
inline constexpr size_t unsent_reply_bytes_in_all_max = 256 * 1024 * 1024;
inline constexpr size_t unsent_reply_bytes_tight = 64 * 1024;

/// A write that the peer hasn't taken within this: it doesn't read, and would hold its connection for good.
inline constexpr int64_t write_stall_ms_max = 30'000;
/// What was answered before a stop is written out within this.
inline constexpr int64_t last_write_ms_max = 1'000;

// --- admission ------------------------------------------------------------------------------------------------

/// Connections at once. Each costs a session actor, and where that can't keep up, two chunks that were read for it.
inline constexpr size_t connections_max = 2'000;
/// Commands in flight of one connection; without a ticket its socket isn't read (pipelining with back-pressure).
inline constexpr uint32_t tickets_per_connection = 1'024;
/// Commands in flight in total; beyond it the answer is `busy` at once. About 9 kB each while in flight, as measured.
inline constexpr uint32_t tickets_total = 32'768;
static_assert(tickets_total >= tickets_per_connection, "one connection alone must not be told busy");
/// Of these, so many may wait for the server itself rather than for a channel; beyond it the answer is `busy` as well.
/// Most of a full house may rightly wait for slow banks, but what queues for us only makes everybody late: at 40 000
/// payments a second this many are 0.1 s. Where more want to come in, and the server gets through fewer, only so many
/// are taken as it is through with in that time, half of them at least.
inline constexpr uint32_t tickets_in_hand = 4'096;
inline constexpr int64_t in_hand_wait_ms = 100;
static_assert(
    tickets_in_hand / 2 >= 2 * tickets_per_connection,
    "one connection alone must not be told busy, nor make others be told so, when half is taken in hand, too");
/// Of one connection's commands, those that ask a view: they are answered one after the other, some after adding up all
/// accounts. While so many wait for that its socket isn't read.
inline constexpr size_t view_queries_per_connection = 64;
/// Of all connections'; beyond it such a query is told `busy`. They aren't counted among those in hand.
inline constexpr uint32_t view_queries_max = 1'024;
static_assert(view_queries_max / 4 >= view_queries_per_connection,
              "one connection alone must not be told busy, nor make others be told so");
/// A merchant's own quota, a second or at one instant: above what any server of this kind takes it bounds nothing.
inline constexpr uint32_t quota_requests_max = 1'000'000;
/// Who has too many requests under way is told to come again so much later: most are answered by then.
inline constexpr uint32_t quota_again_ms = 500;
/// Operators are told of one merchant that is beyond its quota so often, not at each refusal.
inline constexpr int64_t quota_told_again_ms = 60'000;
/// The share of all tickets that one channel's payments may hold, waiting for a permit or for its bank's word. A
/// channel that hangs holds as many as its terms grant it: without this bound one with generous terms would hold them
/// all, and payments of every other channel be told `busy`.
inline constexpr uint32_t channel_ticket_share_ppm = 500'000;
/// A command unanswered for this long is answered `processing`; the result follows by query (D3: 40 s).
inline constexpr int64_t reply_limit_ms = 40'000;
/// A client has so long for a whole frame: for its first one from when it connected, for each later one from its first
/// byte. However slowly the bytes come, it is closed then.
inline constexpr int64_t frame_ms_max = 30'000;
/// Where all places are taken, the connection on which nothing was said for longest makes room for a new one, if that
/// is longer ago than this: all that it asked was answered.
inline constexpr int64_t idle_client_ms_min = 60'000;
static_assert(idle_client_ms_min > reply_limit_ms, "nobody who waits for an answer makes room");
/// A peer that lost its power or its way says nothing: asked after so much silence, and so often, it is given up.
inline constexpr int keepalive_after_s = 60;
inline constexpr int keepalive_interval_s = 15;
inline constexpr int keepalive_probes = 4;

// --- entities -------------------------------------------------------------------------------------------------

/// Inputs that wait in one entity behind an unacknowledged decision. A client's double click is 2; a hundred is an
/// attack, and is told `busy`.
inline constexpr size_t entity_queue_max = 64;
/// Duplicates of one order that wait for its outcome.
inline constexpr size_t waiters_max = 64;
/// Entities kept alive after they fell quiet, per directory; about 1 kB each.
inline constexpr size_t quiet_entities_max = 4'096;
/// Rehydrations under way at once, per directory, so that a flood of queries for old orders can't starve payments.
inline constexpr size_t recoveries_max = 64;
/// Directories, by hash of the stream's name: one a core keeps either from being the one hot actor.
inline constexpr size_t directories = 2;
/// Due entities woken at a time, and how much later the next ones where there are more: a page of them, so that what is
/// due after a restart or an outage isn't all in memory at once, nor later than it must be.
inline constexpr size_t wakes_per_tick_max = 512;
inline constexpr int64_t wake_on_ms = 20;
inline constexpr int64_t wake_look_ms = 1'000;

// --- the log --------------------------------------------------------------------------------------------------

/// Decisions in one durable commit. At 500 a commit the fdatasync is below a microsecond a payment.
inline constexpr size_t batch_decisions_max = 4'096;
/// One stored decision. A payment's two are about 550 bytes together; the bound keeps a bug from filling the disk.
inline constexpr size_t decision_bytes_max = 64 * 1024;
/// The same before its zero bytes were left out; keeps a few damaged bytes from unpacking to megabytes.
inline constexpr size_t decision_unpacked_bytes_max = 4 * decision_bytes_max;
/// What is folded from the log, the index and the views: after so long, or so many decisions, whichever comes first.
/// Rarely, because each fold writes and syncs pages all over its file while payments wait for the same disk; and
/// because a payment's two decisions then touch a page once. The number stays below LMDB's spill limit.
inline constexpr int64_t fold_interval_ms = 1'000;
inline constexpr size_t fold_decisions_max = 50'000;
/// Decisions not folded yet that may lie in memory before commits wait for the folder.
inline constexpr size_t unfolded_decisions_max = 1'000'000;
/// A reader of the log older than this is warned about: it keeps freed pages from being reused.
inline constexpr int64_t reader_age_warn_ms = 60'000;
/// Decisions a projection or an auditing process reads in one short read transaction.
inline constexpr size_t read_batch_decisions = 1'000;
/// A query that names a position waits so long for the view to reach it, then gets `view_behind`.
inline constexpr int64_t view_wait_ms_max = 5'000;
/// Address space reserved for the log and each index; the files stay as small as their content.
inline constexpr uint64_t map_bytes_default = uint64_t{1} << 40;

// --- being watched --------------------------------------------------------------------------------------------

/// Connections that ask for metrics or health at once: a few scrapers and probes.
inline constexpr size_t status_connections_max = 16;
/// What such a request may have: a line and a browser's headers.
inline constexpr uint32_t status_request_bytes_max = 8 * 1024;
/// From its connection to its answer's last byte.
inline constexpr int64_t status_exchange_ms_max = 5'000;
/// A durable commit takes milliseconds; one under way for so long has met a disk that hangs, and whoever comes waits.
inline constexpr int64_t commit_stall_ms_max = 5'000;
/// A view (or the index) that lags for longer answers `view_behind` to everybody who asks for what he just wrote.
inline constexpr int64_t follower_lag_ms_max = 2 * view_wait_ms_max;
/// What is remembered of the head's way, one place a second, to tell such a lag's length.
inline constexpr size_t head_history_max = 600;
static_assert(int64_t{head_history_max} * 1'000 > follower_lag_ms_max, "the longest lag that matters must be told");

// --- the content ----------------------------------------------------------------------------------------------

/// One amount, in minor units: 10 trillion of a two-digit currency. Nine thousand such still fit 64 bits.
inline constexpr int64_t amount_minor_max = 1'000'000'000'000'000;
inline constexpr size_t merchant_id_bytes_max = 32;
inline constexpr size_t channel_id_bytes_max = 16;
inline constexpr size_t order_no_bytes_max = 64;
inline constexpr size_t method_bytes_max = 24;
inline constexpr size_t payer_bytes_max = 64;
/// What a payer shows: wallets' codes have 16 to 24 digits.
inline constexpr size_t payer_code_bytes_max = 64;
/// A merchant's or vault's token of a card.
inline constexpr size_t card_bytes_max = 64;
/// A channel's own token of a card: what wallets and card schemes hand out stays below 100 bytes.
inline constexpr size_t card_token_bytes_max = 256;
/// What a channel calls an agreement, and a card as people may see it.
inline constexpr size_t agreement_bytes_max = 64;
inline constexpr size_t card_mask_bytes_max = 32;
/// A proof that a payer has confirmed a payment: an HMAC in hexadecimal has 64.
inline constexpr size_t proof_bytes_max = 128;
inline constexpr size_t display_name_bytes_max = 128;
/// What a merchant calls one of its collection codes: a till, a table.
inline constexpr size_t code_label_bytes_max = 32;
/// The address that a collection code holds, its serial left out: short enough for a picture that any telephone reads.
inline constexpr size_t code_address_bytes_max = 200;
inline constexpr size_t reason_bytes_max = 256;
inline constexpr size_t operator_name_bytes_max = 64;
/// What a ruling rests on, in words: a statement's line, a letter's reference.
inline constexpr size_t ruling_evidence_bytes_max = 256;
/// What a merchant calls one of its customers' wallets: as long as a merchant's own id.
inline constexpr size_t wallet_id_bytes_max = 32;
/// A ledger path: "merchant/" + 32 + "/available", or "wallet/" + its merchant's 32 + "/" + 32.
inline constexpr size_t account_path_bytes_max = 96;
/// A file named in a configuration: what common systems allow for one path component, several times over.
inline constexpr size_t path_bytes_max = 1'024;
/// A channel's own reply code and reference, cut to this length before they are recorded.
inline constexpr size_t channel_code_bytes_max = 32;
inline constexpr size_t channel_ref_bytes_max = 64;

// --- configuration --------------------------------------------------------------------------------------------

/// The configuration file: a hundred thousand merchants fit.
inline constexpr size_t configuration_bytes_max = 16 * 1024 * 1024;
inline constexpr size_t environment_bytes_max = 32;
/// Log, indexes and two views each reserve so much of the 128 TiB of addresses that a process has.
inline constexpr uint32_t map_gib_max = 16 * 1024;

/// Merchants of one installation, about a kilobyte of memory each and some microseconds of every start. Whoever opens
/// them without end is told so.
inline constexpr size_t merchants_max = 1'000'000;

// --- channels -------------------------------------------------------------------------------------------------

/// Channels of one installation. The route choice records every candidate, so this bounds a decision's size.
inline constexpr size_t channels_max = 64;
/// Attempts of one order: failover tries each channel at most once, and no customer waits for more than this.
inline constexpr uint32_t attempts_max = 8;
/// Refunds of one order that its channel was asked for: what WeChat Pay allows of one payment, and a few more. Each is
/// a row of the order's view, and two or three decisions. As many more may never leave; after those, one an hour.
inline constexpr size_t refunds_max = 64;
/// A surplus that its channel refuses to take back is offered again, at growing intervals, so often, which takes a day;
/// then a person's turn comes. Offers that never leave go on, once a day.
inline constexpr uint32_t surplus_tries_max = 10;
inline constexpr int64_t surplus_retry_ms = 120'000;
static_assert(surplus_tries_max < refunds_max, "what we give back of our own accord has its room");
/// Rulings ever proposed about one order, withdrawn and expired ones included: an attempt and a few refunds, each
/// several times over. Who gets there quarrels; each is kept with its texts, about 700 bytes, while the order lives.
inline constexpr size_t rulings_max = 32;
/// A proposal that nobody approves lapses: what it rests on is to be looked at anew. Long enough for a weekend.
inline constexpr int64_t ruling_valid_ms = int64_t{4} * 86'400'000;
/// Methods, currencies and white-listed merchants of one channel.
inline constexpr size_t channel_list_max = 256;
/// An order asks its account again after this, if it hasn't answered: only a restart can have lost the answer.
inline constexpr int64_t account_again_ms = 5'000;
/// Pay-outs of one merchant and that aren't decided yet: a large firm's salaries, sent at once. Its account keeps about
/// 300 bytes of each in memory.
inline constexpr size_t open_claims_max = 10'000;
/// Of what is decided an account remembers the last ones, to know a repeated question as one; about 150 bytes each. An
/// order asks again only after a restart, all of them at once: more than are under way. A credit that was asked for
/// before what is forgotten is refused and left to a person, because it may have been made.
inline constexpr size_t ended_transfers_kept = 8'192;
/// Lines of one batch: with the longest names and numbers it fits a frame, and its decision the log's bound. Whoever
/// has more sends several batches.
inline constexpr size_t batch_lines_max = 200;
static_assert(batch_lines_max * (order_no_bytes_max + payer_bytes_max + 64) < frame_bytes_max &&
                  batch_lines_max * (order_no_bytes_max + payer_bytes_max + 128) < decision_bytes_max,
              "the largest batch fits a frame and a decision (texts, and what frames, seals and hashes add)");
/// Lines of all batches that are being handed to their orders at once, each until it is durable: a batch may come in
/// one frame, but isn't to fill every queue at once.
inline constexpr size_t batch_lines_under_way_max = 128;
/// While pay-outs are stopped an accepted one looks so often whether they go on, at doubling intervals: each look is a
/// decision in its stream.
inline constexpr int64_t pay_out_held_ms = 5'000;
inline constexpr int64_t pay_out_held_ms_max = 160'000;
/// Merchants and channels whose pay-outs are stopped one by one. Every port holds the list.
inline constexpr size_t pay_out_stops_max = 4'096;
/// Requests waiting for a permit of one channel, at most (the configured bound may be lower).
inline constexpr uint32_t limiter_queue_max = 65'536;
inline constexpr uint32_t concurrency_max = 100'000;
/// A fee rate above 100 % is a mistake.
inline constexpr uint32_t rate_ppm_max = 1'000'000;
/// Longest reply window a channel may be given: a permit's lease must end before a person despairs.
inline constexpr int64_t reply_window_ms_max = 120'000;
/// A channel that isn't asked about an attempt in doubt for a day is a mistake in its terms.
inline constexpr uint32_t enquire_after_ms_max = 86'400'000;
/// Enquiries about one attempt before a person's turn comes; each is a decision in the order's stream.
inline constexpr uint32_t enquiries_max = 1'000;
/// A payer who stands at a till isn't kept there for longer. Of that time a channel is asked six times as often as it
/// is long, the first half of it nothing is called back: it may still be at work (WeChat Pay: not before 15 s).
inline constexpr uint32_t reverse_after_ms_max = 600'000;
inline constexpr uint32_t polls_until_reversal = 6;
/// Reversals that their channel puts off or doesn't answer are repeated so often, at growing intervals; then a person's
/// turn comes. The last is an hour and a half after the first, within the day that Alipay allows.
inline constexpr uint32_t reversals_max = 10;
inline constexpr int64_t reversal_again_ms = 5'000;
inline constexpr int64_t reversal_again_ms_max = 900'000;
/// What waits for a person is asked for again, and alarmed, so often: once a working day, whoever is on duty.
inline constexpr int64_t manual_again_ms = 86'400'000;
/// A settled attempt is asked about once more within a month; channels tell of payments for at least so long.
inline constexpr uint32_t check_after_ms_max = 30U * 86'400'000U;
/// A check may wait so long until its channel has nothing better to do; then it isn't made.
inline constexpr int64_t check_wait_ms_max = 600'000;
/// Checks that wait at one channel, about 500 bytes each; beyond it they aren't made.
inline constexpr size_t check_queue_max = 1'000;
/// The pace at which a limiter looks whether one may go; they are in no hurry.
inline constexpr int64_t check_tick_ms = 100;
/// Of a channel's concurrency and rate checks take at most so much, and only what nobody else wants.
inline constexpr uint32_t check_share_ppm = 10'000;
/// Checks of one attempt or refund, its sample included: whoever asks more often than this asks the channel's people.
inline constexpr uint32_t checks_max = 100;
/// Orders that one `oncepay check` asks about; a longer incident takes several.
inline constexpr uint64_t checked_orders_max = 100'000;
/// Of a channel's concurrency and rate, kept free for enquiries: a flooded channel is asked all the same, and a flood
/// of enquiries after an outage leaves room for payments.
inline constexpr uint32_t enquiry_share_ppm = 50'000;
/// An answer that a channel's port gives at the end of its window is here so much later.
inline constexpr int64_t answer_margin_ms = 1'000;
/// Enquiries that wait for a permit of one channel; what is beyond it is asked again after its window.
inline constexpr size_t enquiry_queue_max = 16'384;
/// What a virtual bank may take to answer: longer than any reply window, so that lateness can be rehearsed.
inline constexpr uint32_t bank_latency_us_max = 600'000'000;
static_assert(int64_t{bank_latency_us_max} / 1'000 > reply_window_ms_max, "a virtual bank must be able to be late");
/// Attempts a virtual bank remembers for its own de-duplication (about 100 bytes each).
inline constexpr size_t bank_memory_attempts = 1'000'000;
/// A body exchanged with a channel over HTTP. The largest seen, an enquiry's answer with a list of vouchers, has 6 kB.
inline constexpr size_t message_bytes_max = 64 * 1024;
/// Its fields, and how deep they nest: what a channel's answer holds several times over.
inline constexpr size_t message_fields_max = 256;
inline constexpr int message_depth_max = 6;
/// How a channel is reached and what it set us up with; all of it is part of its terms, and so of decisions.
inline constexpr size_t url_bytes_max = 256;
inline constexpr size_t settings_max = 32;
inline constexpr size_t setting_name_bytes_max = 32;
inline constexpr size_t setting_value_bytes_max = 256;
/// Connections to one channel at once; beyond it requests wait for one to be free, or aren't sent. A bank that answers
/// in half a second gets 2 000 requests a second through them.
inline constexpr size_t channel_connections_max = 1'024;
/// A request that a channel's reply window has passed for is listened to for so much longer, for late answers.
inline constexpr int64_t late_answer_ms_max = 30'000;
/// An idle connection to a channel is closed by us before any usual server would: who writes into one that is just
/// being closed doesn't know whether he was heard.
inline constexpr int64_t idle_connection_ms_max = 4'000;
/// A key in a configuration: a 16 384-bit RSA key in PEM has 13 kB.
inline constexpr size_t secret_bytes_max = 16 * 1024;
/// Notices of channels under way at once; a bank that is told "again later" tells again.
inline constexpr uint32_t notices_under_way_max = 256;
/// A notice that isn't taken by then is told "again later": banks wait for 5 to 10 s.
inline constexpr int64_t notice_answer_ms_max = 4'000;
/// Connections on which notices come: with a body each they hold 16 MB. A bank that finds none tells again.
inline constexpr size_t notice_connections_max = 256;
/// On each of them a whole notice must come within this, or it is closed; banks' connections are quick or gone.
inline constexpr int64_t notice_silence_ms_max = 10'000;
/// What a payment carries along so that its notice finds back: a merchant, a dot, and an order number in base 64. The
/// narrowest field known for it, WeChat Pay's `attach`, takes 127 bytes.
inline constexpr size_t order_address_bytes_max = merchant_id_bytes_max + 1 + (order_no_bytes_max * 4 + 2) / 3;
static_assert(order_address_bytes_max <= 127, "an address must fit the narrowest field that carries it");
/// What one channel tells of payments that nobody asked it for, kept for a person; beyond it the channel is told "again
/// later". A kept one counts for so long: a channel that ran wild for a day is listened to again.
inline constexpr size_t kept_notices_max = 1'000;
inline constexpr int64_t kept_notice_counts_ms = int64_t{30} * 86'400'000;
/// The pace at which ports and limiters look at their deadlines.
inline constexpr int64_t tick_ms = 1;

// --- what merchants are told ----------------------------------------------------------------------------------

/// After a try that wasn't acknowledged the merchant is told again so much later: WeChat Pay's ladder, a day in all,
/// which merchants' systems are built for.
inline constexpr std::array<int64_t, 15> telling_intervals_ms = {
    15'000,    15'000,    30'000,     180'000,    600'000,    1'200'000,  1'800'000, 1'800'000,
    1'800'000, 3'600'000, 10'800'000, 10'800'000, 10'800'000, 21'600'000, 21'600'000};
/// A merchant that takes longer than this to answer is told again later.
inline constexpr int64_t telling_reply_ms_max = 10'000;
/// And of this, so long until its connection stands.
inline constexpr int64_t telling_leave_ms_max = 5'000;
static_assert(telling_leave_ms_max < telling_reply_ms_max, "who is reached late must have time to answer");
/// What waits longer for its turn than this, because its merchant answers slowly, counts as a try.
inline constexpr int64_t telling_wait_ms_max = 30'000;
/// Results being told at once, each over a connection of its own; half of these are kept for merchants whose last
/// answer was an acknowledgement, so that those who hang hold up each other only.
inline constexpr size_t tellings_under_way_max = 256;
/// And to one merchant: its service answers a hundred times a second where each answer takes 0.16 s.
inline constexpr size_t tellings_per_merchant_max = 16;
/// Merchants whose links are kept when nothing is told over them, with the addresses that were looked up and, for
/// seconds, with connections; of others each telling begins with a new one.
inline constexpr size_t merchant_links_kept_max = 512;
/// Results waiting for their turn, about 1 kB each; of one merchant, and in all.
inline constexpr size_t tellings_waiting_per_merchant_max = 1'000;
inline constexpr size_t tellings_waiting_max = 16'384;
static_assert(tellings_per_merchant_max < tellings_under_way_max / 2 &&
                  tellings_waiting_per_merchant_max < tellings_waiting_max,
              "no merchant takes all there is");

// --- risk -----------------------------------------------------------------------------------------------------

/// Rules are looked at one after the other for each payment that they may be about.
inline constexpr size_t risk_rules_max = 256;
inline constexpr size_t risk_rule_id_bytes_max = 32;
inline constexpr size_t risk_version_bytes_max = 48;
/// Payers, cards or merchants of one list, 16 bytes each.
inline constexpr size_t risk_list_max = 100'000;
/// What is counted is counted over a day at most: the start goes through so much of the log again.
inline constexpr uint32_t risk_window_s_max = 86'400;
/// Decisions that the start goes through for it, at most: a few seconds. What is older isn't counted any more.
inline constexpr uint64_t risk_refold_decisions_max = 2'000'000;
/// Payers, cards and merchants counted at once for one rule, about 500 bytes each. Beyond it nobody new can be counted,
/// and what can't be counted counts as too much.
inline constexpr size_t risk_keys_max = 200'000;
/// So many parts of a window are counted each by itself; the oldest goes as a whole.
inline constexpr size_t risk_window_parts = 16;
/// A payer who has to confirm doesn't take longer, and his goods aren't kept for longer.
inline constexpr uint32_t confirm_within_ms_max = 86'400'000;
/// Wrong confirmations that an order may be given, at most: proofs can't be guessed, mistakes are few.
inline constexpr uint32_t wrong_confirmations_max = 20;

} // namespace oncepay::limits
