-- The same payments as a careful team would keep them in PostgreSQL: an order opened and its attempt's intent durable
-- before a bank is asked (first call); the result, five postings that sum to zero and the merchant's balance durable
-- before anybody is told (second call). Two calls, two commits, as in oncepay. No foreign keys, no table of events, no
-- index that these two calls don't need: whatever is doubtful is left out, in the peer's favour.

create table merchants (
  id text primary key,
  fee_ppm bigint not null,
  suspended boolean not null default false,
  pending_minor bigint not null default 0
) with (fillfactor = 50); -- Balances are updated in place.

create table orders (
  id bigint generated always as identity,
  merchant_id text not null,
  order_no text not null,
  amount_minor bigint not null,
  currency text not null,
  method text not null,
  state text not null,
  placed_at timestamptz not null,
  opened_at timestamptz not null
) with (fillfactor = 85);

create table attempts (
  order_id bigint not null,
  number int not null,
  channel text not null,
  attempt_id text not null,
  state text not null,
  submit_before timestamptz not null,
  code text,
  channel_ref text
) with (fillfactor = 80);

create table postings (
  order_id bigint not null,
  line smallint not null,
  account text not null,
  amount_minor bigint not null,
  currency text not null
);

create function open_payment(p_merchant text, p_order_no text, p_amount bigint, p_currency text, p_method text)
returns bigint language plpgsql as $$
declare
  v_suspended boolean;
  v_order bigint;
  v_known orders%rowtype;
begin
  select suspended into v_suspended from merchants where id = p_merchant;
  if not found then raise exception 'unknown merchant %', p_merchant; end if;
  if v_suspended then raise exception 'merchant % is suspended', p_merchant; end if;
  insert into orders (merchant_id, order_no, amount_minor, currency, method, state, placed_at, opened_at)
    values (p_merchant, p_order_no, p_amount, p_currency, p_method, 'open', now(), now())
    on conflict (merchant_id, order_no) do nothing
    returning id into v_order;
  if v_order is null then -- Known already: the same content gets the same order, other content is a conflict.
    select * into v_known from orders where merchant_id = p_merchant and order_no = p_order_no;
    if v_known.amount_minor <> p_amount or v_known.currency <> p_currency or v_known.method <> p_method then
      raise exception 'order conflict %', p_order_no;
    end if;
    return v_known.id;
  end if;
  insert into attempts (order_id, number, channel, attempt_id, state, submit_before)
    values (v_order, 1, 'alpha', md5(p_merchant || '/' || p_order_no || '/1'), 'intended', now() + interval '5 s');
  return v_order;
end $$;

create function settle_payment(p_order bigint, p_code text, p_channel_ref text)
returns text language plpgsql as $$
declare
  v_order orders%rowtype;
  v_fee bigint;
  v_cost bigint;
begin
  update orders set state = 'paid' where id = p_order and state = 'open' returning * into v_order;
  if not found then -- Told twice: what was decided stands.
    return (select state from orders where id = p_order);
  end if;
  update attempts set state = 'succeeded', code = p_code, channel_ref = p_channel_ref
    where order_id = p_order and number = 1;
  select (v_order.amount_minor * fee_ppm + 500000) / 1000000 into v_fee from merchants where id = v_order.merchant_id;
  v_cost := (v_order.amount_minor * 2000 + 500000) / 1000000;
  insert into postings (order_id, line, account, amount_minor, currency) values
    (p_order, 1, 'channel/alpha/receivable', v_order.amount_minor, v_order.currency),
    (p_order, 2, 'merchant/' || v_order.merchant_id || '/pending', v_fee - v_order.amount_minor, v_order.currency),
    (p_order, 3, 'platform/fees', -v_fee, v_order.currency),
    (p_order, 4, 'channel/alpha/cost', v_cost, v_order.currency),
    (p_order, 5, 'channel/alpha/receivable', -v_cost, v_order.currency);
  -- Last, so that the one row many may wait for is locked as briefly as can be.
  update merchants set pending_minor = pending_minor + v_order.amount_minor - v_fee where id = v_order.merchant_id;
  return 'paid';
end $$;
