using System.Text.Json;
using System.Text.Json.Serialization;
using LakebaseOps.Operations;
using LakebaseOps.Synthesis;
using LakebaseOps.Workflows;

namespace LakebaseOps.Serving;

/// <summary>Reads and writes workloads as JSON.</summary>
public static class WorkloadFile
{
    private static readonly JsonSerializerOptions Json = new(RunFile.Json)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The reference workload as it would stand in a file.</summary>
    public static LakebaseWorkload Fraud { get; } = new()
    {
        Name = "Fraud",
        Entities =
        [
            .. FraudWorkload.Entities.Select(entity => new WorkloadEntity
            {
                Name = entity,
                Tables = [.. FraudWorkload.Tables.Where(table => table.Entity == entity).Select(table => table.Name)],
            }),
        ],
    };

    /// <summary>The workload that a reference means, checked.</summary>
    /// <exception cref="LakebaseException">FileNotFound, WorkloadInvalid.</exception>
    public static async Task<LakebaseWorkload> ResolveAsync(WorkloadReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.Path is string path)
            return await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        LakebaseWorkload workload = reference.Workload ?? Fraud;
        WorkloadChecks.Demand(workload, workload.Name);
        return workload;
    }

    /// <summary>Reads a workload and checks it.</summary>
    /// <exception cref="LakebaseException">FileNotFound, WorkloadInvalid.</exception>
    public static async Task<LakebaseWorkload> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            string text = await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
            LakebaseWorkload workload = JsonSerializer.Deserialize<LakebaseWorkload>(text, Json)
                ?? throw new JsonException("the file holds null");
            WorkloadChecks.Demand(workload, path);
            return workload;
        }
        catch (JsonException exception)
        {
            throw (WorkloadChecks.Invalid(path, exception.Message.TrimEnd('.'), "Export-LakebaseWorkload writes a file to start from.")
                with { Cause = exception }).ToException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound,
                $"There is no workload that can be read at '{path}': {exception.Message}")
            {
                Target = path,
                Cause = exception,
                Remedy = $"Check the path, or name a known workload: {string.Join(", ", Enum.GetNames<FeatureWorkload>())}.",
            }.ToException();
        }
    }

    /// <summary>Writes a workload; a reader never sees half of it. What lies there afterwards has been read back.</summary>
    /// <exception cref="LakebaseException">PathNotWritable.</exception>
    public static async Task WriteAsync(string path, LakebaseWorkload workload, CancellationToken cancellationToken)
    {
        string draft = path + ".new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            await File.WriteAllTextAsync(draft, JsonSerializer.Serialize(workload, Json) + "\n", cancellationToken).ConfigureAwait(false);
            await ReadAsync(draft, cancellationToken).ConfigureAwait(false);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.PathNotWritable, LakebaseErrorKind.Permission, $"'{path}' could not be written: {exception.Message}")
            {
                Target = path,
                Cause = exception,
                Remedy = "Choose a path that this account may use and that has space left.",
            }.ToException();
        }
    }
}
