using System.Text.Json;
using System.Text.Json.Serialization;
using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>Reads and writes run.json.</summary>
public static class RunFile
{
    /// <summary>Name of the file within a run's folder.</summary>
    public const string Name = "run.json";

    /// <summary>How results are written as JSON everywhere: camelCase names, enums by name, times as ISO 8601.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Reads a run from its file or from the folder that holds it.</summary>
    /// <exception cref="LakebaseException">FileNotFound, RunRecordInvalid.</exception>
    public static async Task<RunRecord> ReadAsync(string path, CancellationToken cancellationToken)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, Name) : path;
        try
        {
            FileStream stream = File.OpenRead(file);
            await using (stream.ConfigureAwait(false))
            {
                return await JsonSerializer.DeserializeAsync<RunRecord>(stream, Json, cancellationToken).ConfigureAwait(false)
                    ?? throw new JsonException("the file holds null");
            }
        }
        catch (JsonException exception)
        {
            throw new LakebaseError(ErrorIds.RunRecordInvalid, LakebaseErrorKind.InvalidData,
                $"'{file}' is not a run record: {exception.Message}")
            { Target = file, Cause = exception, Remedy = "Give the run.json of a workflow or measurement." }.ToException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw (ErrorTranslator.Translate(exception, file) with
            {
                Id = ErrorIds.FileNotFound,
                Kind = LakebaseErrorKind.NotFound,
                Remedy = "Check the path and that this account may read it.",
            }).ToException();
        }
    }

    /// <summary>Writes a run; a reader never sees half of it.</summary>
    public static async Task WriteAsync(string path, RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            string draft = path + ".new";
            await File.WriteAllTextAsync(draft, JsonSerializer.Serialize(run, Json), cancellationToken).ConfigureAwait(false);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw (ErrorTranslator.Translate(exception, path) with
            {
                Id = ErrorIds.PathNotWritable,
                Kind = LakebaseErrorKind.Permission,
            }).ToException();
        }
    }
}
