-- Merchants and orders that are there already, each paid; :merchants and :orders say how many. Loaded in bulk, then
-- indexed.
insert into merchants (id, fee_ppm) select 'bench-' || n, 6000 from generate_series(1, :merchants) n;

insert into orders (merchant_id, order_no, amount_minor, currency, method, state, placed_at, opened_at)
  select 'bench-' || 1 + floor(random() * :merchants)::bigint, (random() * 9e18)::bigint::text,
         100 + floor(random() * 100000)::bigint, 'CNY', 'card', 'paid', now(), now()
  from generate_series(1, :orders);
insert into attempts
  select id, 1, 'alpha', md5(merchant_id || '/' || order_no || '/1'), 'succeeded', opened_at + interval '5 s', 'OK',
         'alpha-' || id
  from orders;
insert into postings
  select o.id, p.line, p.account, p.amount_minor, o.currency
  from orders o,
       lateral (select (o.amount_minor * 6000 + 500000) / 1000000 as fee,
                       (o.amount_minor * 2000 + 500000) / 1000000 as cost) f,
       lateral (values (1, 'channel/alpha/receivable', o.amount_minor),
                       (2, 'merchant/' || o.merchant_id || '/pending', f.fee - o.amount_minor),
                       (3, 'platform/fees', -f.fee),
                       (4, 'channel/alpha/cost', f.cost),
                       (5, 'channel/alpha/receivable', -f.cost)) p (line, account, amount_minor);
update merchants m set pending_minor = s.total
  from (select merchant_id, sum(amount_minor - (amount_minor * 6000 + 500000) / 1000000) as total
        from orders group by merchant_id) s
  where s.merchant_id = m.id;

alter table orders add primary key (id);
create unique index on orders (merchant_id, order_no);
alter table attempts add primary key (order_id, number);
alter table postings add primary key (order_id, line);
vacuum (freeze, analyze);
