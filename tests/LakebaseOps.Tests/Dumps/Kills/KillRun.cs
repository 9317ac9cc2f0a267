using System.Text.RegularExpressions;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>Makes the same call, disturbed as a point says, until it has nothing to say against it.</summary>
internal abstract class KillRun(KillServers servers, KillPoint point)
{
    private const int MostCalls = 8;

    /// <summary>What a call may end with when its surroundings break; anything else is a fault of ours.</summary>
    private static readonly string[] Allowed =
    [
        ErrorIds.ConnectionFailed, ErrorIds.ConnectionLost, ErrorIds.ServerUnavailable, ErrorIds.ResourceBusy, ErrorIds.OperationTimeout, ErrorIds.DumpSnapshotGone,
    ];

    /// <summary>Sessions of a command that are left at a server.</summary>
    private const string Left =
        "SELECT coalesce(string_agg(application_name || ' ' || state || ': ' || left(query, 60), '; '), '') FROM pg_stat_activity "
        + "WHERE backend_type = 'client backend' AND application_name LIKE 'LakebaseOps%' AND pid <> pg_backend_pid()";

    private readonly List<string> _calls = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected KillServers Servers => servers;

    protected KillPoint Point => point;

    /// <summary>What has happened, for whoever reads that it went wrong.</summary>
    protected string Story => $"{point}\n{string.Join('\n', _calls)}";

    /// <summary>Plays the point.</summary>
    public async Task PlayAsync()
    {
        int happened = 0;
        for (int call = 0; ; call++)
        {
            Assert.True(call < MostCalls, $"Not done after {MostCalls} calls. {Story}");
            await BeforeAsync(call);
            Strike strike = new(servers, point, call);
            string? failure;
            try
            {
                strike.Arm();
                failure = strike.NeedsProcess ? await CallAsProcessAsync(strike) : await CallHereAsync(strike);
            }
            finally
            {
                await strike.DisposeAsync();
            }

            happened += strike.Happened ? 1 : 0;
            _calls.Add($"call {call}{(strike.Happened ? ", struck" : "")}: {failure ?? "done"}");
            await AfterAsync(failure);
            if (failure is null)
                break;
            Assert.True(Allowed.Contains(failure) || failure == "Killed" || (failure == "Canceled" && strike.Happened) || IsExpected(failure), Story);
        }

        await AssertEmptyAsync();
        await VerifyAsync();
        Soak.Say($"{Story.ReplaceLineEndings(" | ")} ({happened} struck)");
        TestContext.Current.TestOutputHelper?.WriteLine(Story);
        Assert.True(happened > 0 || point.Killer == Killer.Disk, $"Nothing was killed. {Story}");
    }

    /// <summary>What to run here.</summary>
    protected abstract Task<(Operation Operation, PostgresSession[] Sessions)> OperationAsync();

    /// <summary>What to run in another process.</summary>
    protected abstract RunnerProcess Start();

    /// <summary>Before a call: what there is to be kept.</summary>
    protected abstract Task BeforeAsync(int call);

    /// <summary>After a call, with a server that is there: what must hold also now.</summary>
    /// <param name="failure">What it ended with; null where it is done.</param>
    protected abstract Task AfterAsync(string? failure);

    /// <summary>When it is done.</summary>
    protected abstract Task VerifyAsync();

    /// <summary>True for what else a call may end with.</summary>
    protected virtual bool IsExpected(string failure) => false;

    /// <summary>What happens beside a process; it ends with it.</summary>
    protected virtual Task AccompanyAsync(RunnerProcess process, Strike strike) => Task.CompletedTask;

    /// <summary>The result of the last call, where it was made here.</summary>
    protected object? Result { get; private set; }

    private async Task<string?> CallHereAsync(Strike strike)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel, strike.Stop);
        PostgresSession[] sessions = [];
        RecordingSink sink = new();
        try
        {
            (Operation operation, sessions) = await OperationAsync();
            await Task.Run(() => operation.RunAsync(sink, stop.Token), Cancel);
            Result = Assert.Single(sink.Results);
            return sink.Errors.Count > 0 ? sink.Errors[0].ToString() : null;
        }
        catch (LakebaseException refused)
        {
            return refused.Error.Id == ErrorIds.PathNotWritable || Allowed.Contains(refused.Error.Id) ? refused.Error.Id
                : Transient.Is(refused) ? ErrorIds.ConnectionLost : refused.ToString();
        }
        catch (OperationCanceledException) when (strike.Stop.IsCancellationRequested)
        {
            return "Canceled";
        }
        catch (Exception broken) when (broken is not Xunit.Sdk.IAssertionException)
        {
            return Transient.Is(broken) ? ErrorIds.ConnectionLost : broken.ToString();
        }
        finally
        {
            foreach (PostgresSession session in sessions)
                await session.DisposeAsync();
        }
    }

    private async Task<string?> CallAsProcessAsync(Strike strike)
    {
        Result = null;
        using RunnerProcess process = Start();
        strike.Process = process;
        await AccompanyAsync(process, strike);
        (int code, string text) = await process.EndAsync(Cancel);
        return code switch
        {
            0 => null,
            137 => "Killed",
            _ => Allowed.FirstOrDefault(id => Regex.IsMatch(text, $@"\b{id}\b")) ?? text,
        };
    }

    /// <summary>A server takes a moment to see that a client is gone.</summary>
    private async Task AssertEmptyAsync()
    {
        foreach (bool atSource in (bool[])[true, false])
        {
            string left = "";
            for (int look = 0; look < 500 && (left = await servers.AskAsync<string>(atSource, "postgres", Left)).Length > 0; look++)
                await Task.Delay(10, Cancel);
            Assert.True(left.Length == 0, $"Left at the {(atSource ? "source" : "target")}: {left}. {Story}");
        }
    }
}
