using System.Diagnostics.Metrics;
using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Verdicts;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Verdicts;

/// <summary>The forwarder with a real evaluator and a real table.</summary>
public sealed class VerdictForwarderTests() : DatabaseTest(isMigrated: true)
{
    private readonly Dictionary<string, long> _counts = [];
    private readonly List<MeterListener> _listeners = [];
    private TestEvaluator _evaluator = null!;
    private TcpRelay _relay = null!;
    private VerdictLog? _log;
    private VerdictForwarder? _forwarder;
    private ClickHouseClient _client = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _evaluator = await TestEvaluator.StartAsync();
        _relay = new TcpRelay(Database.Endpoint.Url);
        _client = Database.Client(through: _relay.Address);
    }

    public override async ValueTask DisposeAsync()
    {
        await (_forwarder?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_log?.DisposeAsync() ?? ValueTask.CompletedTask);
        _client.Dispose();
        await _relay.DisposeAsync();
        await _evaluator.DisposeAsync();
        _listeners.ForEach(listener => listener.Dispose());
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Evaluator_gets_what_is_documented_and_its_verdicts_are_stored()
    {
        _evaluator.Answer = (context, flow) => context.Response.WriteAsync(TestEvaluator.Results(
            TestEvaluator.Result(), TestEvaluator.Result("Allow", "wide", policyNamespace: null), TestEvaluator.Result("NotSelected")));
        await StartAsync();

        Offer(FlowEvent.Of("shop-0", 1) with { PodIp = "10.0.0.9" });

        await AnsweredAsync(1);
        var asked = Assert.Single(_evaluator.Asked);
        Assert.Equal(
            """
            {"dstPodNamespace":"tests","dstPodName":"shop-0","srcIP":"10.0.0.1","dstIP":"10.0.0.9",
            "dstPort":8080,"protocol":"TCP","timestamp":"2026-05-12T10:32:14.001007Z"}
            """.ReplaceLineEndings(""),
            asked.ToJsonString());
        await _log!.FlushAsync(CancellationToken.None);
        var rows = await ReadAsync();
        Assert.Equal(
            [
                ("wide", "", "Allow", "", "", "tests", "shop-0", 8080, "2026-05-12T10:32:14.001007"),
                ("default-deny", "shop", "WouldDeny", "no rule of the policy allows it", "", "tests", "shop-0", 8080, "2026-05-12T10:32:14.001007"),
            ],
            rows.Select(row => (row.PolicyName, row.PolicyNamespace, row.Verdict, row.Reason, row.SrcPod, row.DstNamespace, row.DstPod, row.DstPort,
                row.ObservedAt)));
        Assert.Equal((1, 1, 1), (Count("verdict=allow"), Count("verdict=would_deny"), Count("verdict=other")));
        Assert.Equal("1", await Database.SqlAsync("SELECT count(DISTINCT stored_on) FROM audit_verdicts WHERE stored_on BETWEEN today() - 1 AND today()"));
    }

    [Theory]
    [InlineData("status", "failed")]
    [InlineData("redirect", "failed")]
    [InlineData("broken", "failed")]
    [InlineData("html", "bad")]
    [InlineData("huge", "bad")]
    [InlineData("endless", "bad")]
    public async Task Answer_that_is_none_is_counted_and_the_next_flow_is_asked_about(string kind, string counted)
    {
        var isFirst = true;
        _evaluator.Answer = async (context, _) =>
        {
            if (!isFirst)
            {
                await context.Response.WriteAsync(TestEvaluator.Results(TestEvaluator.Result()));
                return;
            }

            isFirst = false;
            await AnswerBadlyAsync(context, kind);
        };
        await StartAsync(permits: 1);

        Offer(FlowEvent.Of("shop-0", 1));
        Offer(FlowEvent.Of("shop-0", 2));

        await AnsweredAsync(1);
        Assert.Equal(1, Count($"result={counted}"));
        // A redirect leads nowhere.
        Assert.Equal(2, _evaluator.Asked.Count);
        await _log!.FlushAsync(CancellationToken.None);
        Assert.Single(await ReadAsync());
        Assert.Null(_forwarder!.Problem);
    }

    [Fact]
    public async Task Question_that_takes_too_long_is_given_up()
    {
        _evaluator.Answer = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await StartAsync(timeout: TimeSpan.FromMilliseconds(50));

        Offer(FlowEvent.Of("shop-0", 1));

        await Patience.UntilAsync("the question timed out", () => Count("result=timeout") == 1);
        Assert.Contains("Verdicts:Timeout = 00:00:00.0500000", _forwarder!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_queue_sheds_and_as_many_questions_are_on_their_way_as_there_are_permits()
    {
        var release = new TaskCompletionSource();
        _evaluator.Answer = async (context, _) =>
        {
            await release.Task;
            await context.Response.WriteAsync(TestEvaluator.Results());
        };
        await StartAsync(permits: 4, queue: 10);
        Offer(FlowEvent.Many("first", 4));
        await Patience.UntilAsync("all permits are taken", () => _evaluator.Asked.Count == 4 && _forwarder!.FreePermits == 0);

        Offer(FlowEvent.Many("second", 25));
        Offer(FlowEvent.Many("third", 3));

        Assert.Equal((10, 18L, 18L), (_forwarder!.Queued, _forwarder.Shed, Count("result=shed")));
        release.SetResult();
        await AnsweredAsync(14);
        Assert.Equal(14, _evaluator.Asked.Count);
        await Patience.UntilAsync("the permits are free", () => _forwarder.FreePermits == 4);
    }

    [Fact]
    public async Task End_works_the_queue_off_and_counts_what_nobody_was_asked_about()
    {
        await StartAsync(permits: 1);
        Offer(FlowEvent.Many("first", 40));
        await _forwarder!.StopAsync(CancellationToken.None);
        Assert.Equal((40, 0L), (_evaluator.Asked.Count, _forwarder.Shed));
        Offer(FlowEvent.Many("late", 2));
        Assert.Equal(2, _forwarder.Shed);
        await _forwarder.DisposeAsync();

        var isAsked = new TaskCompletionSource();
        _evaluator.Answer = (context, _) =>
        {
            isAsked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await StartAsync(permits: 1);
        Offer(FlowEvent.Many("second", 3));
        await isAsked.Task;
        await _forwarder.StopAsync(new CancellationToken(canceled: true));
        Assert.Equal(3, _forwarder.Shed);
    }

    [Fact]
    public async Task Ids_grow_over_restarts_and_verdicts_wait_for_a_ClickHouse_that_is_away()
    {
        await StartAsync();
        Offer(FlowEvent.Of("first", 1));
        await AnsweredAsync(1);
        await _log!.FlushAsync(CancellationToken.None);
        await _forwarder!.DisposeAsync();
        await _log.DisposeAsync();
        await StartAsync();
        _relay.GoAway();
        Offer(FlowEvent.Of("second", 1));
        await AnsweredAsync(2);
        await Assert.ThrowsAsync<ClickHouseException>(() => _log.FlushAsync(CancellationToken.None));
        _relay.Open();
        Offer(FlowEvent.Of("third", 1));
        await AnsweredAsync(3);

        await _log.FlushAsync(CancellationToken.None);

        var rows = await ReadAsync();
        Assert.Equal(["third", "second", "first"], rows.Select(row => row.DstPod));
        Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.True(pair.First.Id > pair.Second.Id));
    }

    [Fact]
    public async Task More_verdicts_than_may_wait_are_counted()
    {
        _evaluator.Answer = (context, _) => context.Response.WriteAsync(
            TestEvaluator.Results(Enumerable.Range(0, 250).Select(i => TestEvaluator.Result(policy: $"policy-{i}"))));
        await StartAsync();
        _relay.GoAway();

        Offer(FlowEvent.Many("shop-0", (VerdictLog.MostWaiting / 250) + 2));

        await AnsweredAsync((VerdictLog.MostWaiting / 250) + 2);
        await Patience.UntilAsync("the rest is counted", () => Count("kguardian_verdicts_dropped_total") == 500);
    }

    private static async Task AnswerBadlyAsync(HttpContext context, string kind)
    {
        switch (kind)
        {
            case "status":
                context.Response.StatusCode = (int)HttpStatusCode.InternalServerError;
                break;
            case "redirect":
                // To where the method would stay POST.
                context.Response.StatusCode = (int)HttpStatusCode.TemporaryRedirect;
                context.Response.Headers.Location = "/evaluate";
                break;
            case "broken":
                context.Abort();
                break;
            case "html":
                await context.Response.WriteAsync("<html>It works!</html>");
                break;
            case "huge":
                await context.Response.WriteAsync(TestEvaluator.Results(TestEvaluator.Result(policy: new string('x', EvaluatorAnswer.MostBytes))));
                break;
            default:
                // Never ends by itself: whoever reads it must.
                for (var spaces = new byte[64 << 10]; !context.RequestAborted.IsCancellationRequested;)
                {
                    await context.Response.Body.WriteAsync(spaces, context.RequestAborted);
                }

                break;
        }
    }

    private async Task StartAsync(int permits = 4, int queue = 100, TimeSpan? timeout = null)
    {
        var meters = Meters.New();
        var metrics = new VerdictMetrics(meters);
        Listen(meters);
        _log = new VerdictLog(ClickHouseCluster.Of(_client), TimeProvider.System, metrics, NullLogger<VerdictLog>.Instance);
        await _log.StartAsync(CancellationToken.None);
        var options = new VerdictOptions
        {
            EvaluatorUrl = _evaluator.Url,
            MaxInFlight = permits,
            MaxQueuedFlows = queue,
            Timeout = timeout ?? Patience.Limit,
        };
        _forwarder = new VerdictForwarder(options, _log, TimeProvider.System, metrics, NullLogger<VerdictForwarder>.Instance);
        _forwarder.Start();
    }

    private void Listen(IMeterFactory meters)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = tags.Length == 0 ? instrument.Name : $"{tags[0].Key}={tags[0].Value}";
            lock (_counts)
            {
                _counts[name] = _counts.GetValueOrDefault(name) + value;
            }
        });
        listener.Start();
        _listeners.Add(listener);
    }

    private long Count(string name)
    {
        lock (_counts)
        {
            return _counts.GetValueOrDefault(name);
        }
    }

    private Task AnsweredAsync(long flows) => Patience.UntilAsync($"{flows} answers came", () => Count("result=answered") == flows);

    private void Offer(params FlowEvent[] flows)
    {
        var batch = TestFlows.Parse(FlowEvent.Batch(flows));
        _forwarder!.Offer(batch, [.. Enumerable.Range(0, batch.Count)]);
    }

    private Task<IReadOnlyList<AuditVerdict>> ReadAsync() =>
        new VerdictReader(ClickHouseCluster.Of(Client)).NewestAsync(new VerdictFilter(null, null, null, null), 500, CancellationToken.None);
}
