using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Runner;

/// <summary>Results on standard output, everything else on standard error.</summary>
internal sealed class ConsoleOutput(bool json, bool verbose = false) : IPumpOutput, IDisposable
{
    private static readonly JsonSerializerOptions Line = new(RunFile.Json) { WriteIndented = false };
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, long> _logged = new(StringComparer.Ordinal);
    private bool _hasStatusLine;

    /// <summary>True once a result or an error said that something failed.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc />
    public void Emit(object result)
    {
        HasFailed |= result is WorkflowCheck { Status: CheckStatus.Failed };
        ClearStatusLine();
        if (json)
            Console.Out.WriteLine(Json(result.GetType().Name, result));
        else
            Console.Out.WriteLine(Text(result));
    }

    /// <inheritdoc />
    public void Report(OperationProgress progress)
    {
        string text = string.Join("  ", new[]
        {
            progress.Activity,
            progress.Percent is double percent ? $"{percent:0} %" : "",
            progress.Status,
            progress.Remaining is TimeSpan remaining ? $"{remaining.TotalSeconds:0} s left" : "",
        }.Where(part => part.Length > 0));
        if (!Console.IsErrorRedirected)
        {
            ClearStatusLine();
            Console.Error.Write(text.Length < Console.WindowWidth ? text : text[..(Console.WindowWidth - 1)]);
            _hasStatusLine = true;
        }
        else if (!_logged.TryGetValue(progress.Activity, out long last) || Stopwatch.GetElapsedTime(last) > LogInterval)
        {
            // A log keeps every line: one in a while is enough there.
            _logged[progress.Activity] = Stopwatch.GetTimestamp();
            Console.Error.WriteLine(text);
        }
    }

    /// <inheritdoc />
    public void Trace(string message)
    {
        if (verbose)
            Say(message);
    }

    /// <inheritdoc />
    public void Warn(string message) => Say($"warning: {message}");

    /// <inheritdoc />
    public void Milestone(string message) => Say($"{DateTime.Now:HH:mm:ss} {message}");

    /// <inheritdoc />
    public void Fail(LakebaseError error)
    {
        HasFailed = true;
        if (json)
        {
            Console.Out.WriteLine(Json(nameof(LakebaseError), new { error.Id, error.Kind, error.Message, error.Target, error.Remedy, error.SqlState }));
        }

        Say($"error {error}");
    }

    /// <inheritdoc />
    public void Dispose() => ClearStatusLine();

    private static string Text(object result) => result switch
    {
        WorkflowStepResult step => $"{step.Status,-12} {step.Name,-20} {step.Duration.TotalSeconds,8:0.0} s  {step.Error}".TrimEnd(),
        WorkflowCheck check => $"{check.Status,-8} {check.Step,-20} {check.Command}  {(check.Status == CheckStatus.Passed ? "" : $"{check.Detail} {check.Remedy}")}".TrimEnd(),
        _ => result.ToString() ?? "",
    };

    private static string Json(string type, object result)
    {
        JsonObject line = new() { ["type"] = type };
        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(result, result.GetType(), Line)!.AsObject())
            line[name] = value?.DeepClone();
        return line.ToJsonString(Line);
    }

    private void Say(string text)
    {
        ClearStatusLine();
        Console.Error.WriteLine(text);
    }

    private void ClearStatusLine()
    {
        if (_hasStatusLine)
            Console.Error.Write($"\r{new string(' ', Math.Max(0, Console.WindowWidth - 1))}\r");
        _hasStatusLine = false;
    }
}
