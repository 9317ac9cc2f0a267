using System.Reflection;
using LakebaseOps.Build;
using LakebaseOps.Build.Help;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>What the conventions look at: the built assemblies as metadata, and the repository's files.</summary>
public sealed class Product : IDisposable
{
    private readonly CmdletReader _reader = new(AppContext.BaseDirectory);

    public Product()
    {
        Cmdlets = _reader.Read();
        Commands = [.. _reader.Load("LakebaseOps").GetTypes().Select(CommandOf).OfType<CommandShape>()
            .OrderBy(command => command.Name, StringComparer.Ordinal)];
        Shared = _reader.Load("LakebaseOps.Shared");
    }

    public IReadOnlyList<CmdletShape> Cmdlets { get; }

    /// <summary>Operations that carry [Command].</summary>
    public IReadOnlyList<CommandShape> Commands { get; }

    public Assembly Shared { get; }

    public string CmdletAssembly { get; } = Path.Combine(AppContext.BaseDirectory, "LakebaseOps.PowerShell.dll");

    /// <summary>A path below the repository's root.</summary>
    public static string At(params string[] parts) => Repository.At(parts);

    /// <summary>The names between a list's brackets in LakebaseOps.psd1.</summary>
    public static IReadOnlyList<string> ManifestList(string name)
    {
        string text = File.ReadAllText(At("LakebaseOps.psd1"));
        int start = text.IndexOf("@(", text.IndexOf(name, StringComparison.Ordinal), StringComparison.Ordinal);
        return [.. text[start..text.IndexOf(')', start)].Split('\'').Where((_, index) => index % 2 == 1)];
    }

    public void Dispose() => _reader.Dispose();

    private static CommandShape? CommandOf(Type type)
    {
        CustomAttributeData? command = type.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.Name == "CommandAttribute");
        return command is null
            ? null
            : new CommandShape(
                (string)command.ConstructorArguments[0].Value!,
                type,
                command.NamedArguments.Any(argument => argument is { MemberName: "Writes", TypedValue.Value: true }),
                type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType)
                    .FirstOrDefault(parameter => parameter.Name.EndsWith("Options", StringComparison.Ordinal)));
    }
}

/// <summary>An operation that implements a command.</summary>
public sealed record CommandShape(string Name, Type Operation, bool Writes, Type? Options);
