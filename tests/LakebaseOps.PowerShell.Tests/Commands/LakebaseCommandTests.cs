using System.Management.Automation;
using LakebaseOps.Operations;

namespace LakebaseOps.PowerShell.Tests.Commands;

/// <summary>What every cmdlet has from its base: streams, errors, asking, and the ways a pipeline ends.</summary>
public sealed class LakebaseCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void What_an_operation_says_reaches_its_stream_in_order()
    {
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand(async (sink, token) =>
        {
            sink.Trace("a detail");
            await sink.EmitAsync("first", token);
            sink.Warn("a warning");
            await sink.EmitAsync("second", token);
            sink.Milestone("a step");
        }));
        Assert.Equal(["first", "second"], runtime.Output);
        Assert.Equal(["a detail"], runtime.Verbose);
        Assert.Equal(["a warning"], runtime.Warnings);
        InformationRecord milestone = Assert.Single(runtime.Information);
        Assert.Equal("a step", milestone.MessageData);
        Assert.Equal(["LakebaseOps"], milestone.Tags);
    }

    [Fact]
    public void A_failed_item_is_an_error_and_the_work_goes_on()
    {
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand(async (sink, token) =>
        {
            sink.Fail(new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, "Line 3 is bad.") { Target = "orders.csv", Remedy = "Correct it." });
            await sink.EmitAsync("the rest", token);
        }));
        ErrorRecord error = Assert.Single(runtime.Errors);
        Assert.Equal(ErrorIds.DataRejected, error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidData, error.CategoryInfo.Category);
        Assert.Equal("orders.csv", error.TargetObject);
        Assert.Equal("Line 3 is bad.", error.ErrorDetails.Message);
        Assert.Equal("Line 3 is bad. Correct it.", error.Exception.Message);
        Assert.Equal("Correct it.", error.ErrorDetails.RecommendedAction);
        Assert.Null(runtime.Terminating);
        Assert.Equal(["the rest"], runtime.Output);
    }

    [Fact]
    public void What_an_operation_throws_ends_the_command_with_its_id()
    {
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand(static (_, _) => throw new LakebaseError(
            ErrorIds.AuthenticationFailed, LakebaseErrorKind.Authentication, "No.").ToException()));
        Assert.Equal(ErrorIds.AuthenticationFailed, runtime.Terminating!.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.AuthenticationError, runtime.Terminating.CategoryInfo.Category);
    }

    [Fact]
    public void An_exception_that_nobody_foresaw_has_an_id_too()
    {
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand(static (_, _) => throw new FormatException("odd")));
        Assert.Equal(ErrorIds.Internal, runtime.Terminating!.FullyQualifiedErrorId);
    }

    [Fact]
    public void One_item_of_several_fails_alone()
    {
        int runs = 0;
        ProbeCommand command = new((_, _) => ++runs == 1
            ? throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, "No such table.").ToException()
            : Task.CompletedTask) { ByItem = true };
        RecordingRuntime runtime = CommandRun.Invoke(command, [() => { }, () => { }]);
        Assert.Equal(2, runs);
        Assert.Equal(ErrorIds.ObjectNotFound, Assert.Single(runtime.Errors).FullyQualifiedErrorId);
        Assert.Null(runtime.Terminating);
    }

    [Fact]
    public void A_failure_that_every_item_would_meet_ends_the_command()
    {
        int runs = 0;
        ProbeCommand command = new((_, _) =>
        {
            runs++;
            throw new LakebaseError(ErrorIds.ConnectionFailed, LakebaseErrorKind.Connection, "No route.").ToException();
        }) { ByItem = true };
        RecordingRuntime runtime = CommandRun.Invoke(command, [() => { }, () => { }]);
        Assert.Equal(1, runs);
        Assert.Equal(ErrorIds.ConnectionFailed, runtime.Terminating!.FullyQualifiedErrorId);
    }

    [Fact]
    public void WhatIf_shows_the_plan_and_runs_nothing()
    {
        bool ran = false;
        RecordingRuntime runtime = new() { Confirms = false };
        CommandRun.Invoke(new ProbeCommand((_, _) => Task.FromResult(ran = true)) { Asks = true }, runtime);
        Assert.False(ran);
        string asked = Assert.Single(runtime.Asked);
        Assert.Contains("\"Load 2 files\" on target \"public.orders\"", asked, StringComparison.Ordinal);
        Assert.Contains("create the stage", asked, StringComparison.Ordinal);
        Assert.Contains("swap", asked, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_does_not_write_does_not_ask()
    {
        bool ran = false;
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand((_, _) => Task.FromResult(ran = true)));
        Assert.True(ran);
        Assert.Empty(runtime.Asked);
    }

    [Fact]
    public void Select_First_cancels_the_operation_waits_for_it_and_passes_on()
    {
        // PowerShell's own exception for this is internal; the stand-in has the same.
        Type type = typeof(FlowControlException).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException")!;
        ProbeCommand command = new(Endless);
        RecordingRuntime runtime = new() { OnOutput = _ => throw (Exception)Activator.CreateInstance(type)! };
        Assert.IsType(type, Assert.ThrowsAny<FlowControlException>(() => CommandRun.Invoke(command, runtime)));
        Assert.True(command.HasUnwound);
        Assert.Null(runtime.Terminating);
        Assert.Empty(runtime.Errors);
        Assert.Single(runtime.Output);
    }

    [Fact]
    public void ErrorAction_Stop_cancels_the_operation_and_waits_for_it()
    {
        ProbeCommand command = new(async (sink, token) =>
        {
            sink.Fail(new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, "bad"));
            await Task.Delay(Timeout.Infinite, token);
        });
        RecordingRuntime runtime = new() { StopsOnError = true };
        Assert.Throws<ActionPreferenceStopException>(() => CommandRun.Invoke(command, runtime));
        Assert.True(command.HasUnwound);
        Assert.Null(runtime.Terminating);
    }

    [Fact]
    public async Task Ctrl_C_cancels_the_operation_and_waits_for_it()
    {
        TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ProbeCommand command = new(async (_, token) =>
        {
            running.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                // As a server answers a cancelled statement: with an error of its own.
                throw new LakebaseError(ErrorIds.OperationTimeout, LakebaseErrorKind.Timeout, "57014").ToException();
            }
        });
        Task run = Task.Run(() => CommandRun.Invoke(command), Cancel);
        await running.Task.WaitAsync(Cancel);
        CommandRun.Stop(command);
        await Assert.ThrowsAsync<PipelineStoppedException>(() => run);
        Assert.True(command.HasUnwound);
        CommandRun.Stop(command); // A second one, when all is over, harms nothing.
    }

    [Fact]
    public void Progress_has_an_id_for_each_activity_its_parents_and_an_end()
    {
        RecordingRuntime runtime = CommandRun.Invoke(new ProbeCommand(static (sink, _) =>
        {
            sink.Report(new OperationProgress("Loading", "0 of 2") { Percent = 130, Remaining = TimeSpan.FromDays(40000) });
            sink.Report(new OperationProgress("Chunk 1", "") { Parent = "Loading", IsCompleted = true });
            sink.Report(new OperationProgress("Loading", "2 of 2") { IsCompleted = true });
            return Task.CompletedTask;
        }));
        ProgressRecord[] completed = [.. runtime.Progress.Where(record => record.RecordType == ProgressRecordType.Completed)];
        Assert.Equal(["Chunk 1", "Loading"], completed.Select(record => record.Activity));
        Assert.Equal(completed[1].ActivityId, completed[0].ParentActivityId);
        Assert.NotEqual(completed[1].ActivityId, completed[0].ActivityId);
        Assert.All(runtime.Progress, record => Assert.InRange(record.PercentComplete, -1, 100));
    }

    [Fact]
    public void Progress_ends_even_when_the_operation_fails()
    {
        TaskCompletionSource shown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingRuntime runtime = new() { OnProgress = _ => shown.TrySetResult() };
        CommandRun.Invoke(
            new ProbeCommand(async (sink, token) =>
            {
                sink.Report(new OperationProgress("Loading", "1 of 2"));
                await shown.Task.WaitAsync(token);
                throw new LakebaseError(ErrorIds.ConnectionLost, LakebaseErrorKind.Connection, "gone").ToException();
            }),
            runtime);
        Assert.NotNull(runtime.Terminating);
        ProgressRecord last = runtime.Progress.Last(record => record.Activity == "Loading");
        Assert.Equal(ProgressRecordType.Completed, last.RecordType);
    }

    [Fact]
    public void Every_kind_of_error_has_a_category() => Assert.All(
        Enum.GetValues<LakebaseErrorKind>().Where(kind => kind != LakebaseErrorKind.Internal),
        kind => Assert.NotEqual(ErrorCategory.NotSpecified, CommandRun.Invoke(new ProbeCommand(
            (_, _) => throw new LakebaseError(ErrorIds.Internal, kind, "any").ToException())).Terminating!.CategoryInfo.Category));

    private static async Task Endless(IOperationSink sink, CancellationToken token)
    {
        for (int item = 0; ; item++)
            await sink.EmitAsync(item, token);
    }
}
