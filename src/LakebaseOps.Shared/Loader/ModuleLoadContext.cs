using System.Reflection;
using System.Runtime.Loader;

namespace LakebaseOps.Loader;

/// <summary>
/// The module's own load context: it holds the engine, the cmdlets and their packages, so that they never meet the
/// versions that PowerShell or another module ships. LakebaseOps.Shared stays in the default context, where PowerShell
/// looks for type names.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    private static readonly object Gate = new();
    private static ModuleLoadContext? _current;
    private readonly string _folder;

    private ModuleLoadContext(string folder)
        : base("LakebaseOps") => _folder = folder;

    /// <summary>Loads the cmdlet assembly that lies beside LakebaseOps.Shared; a second call answers the same one.</summary>
    /// <returns>The assembly for <c>Import-Module -Assembly</c>.</returns>
    public static Assembly LoadCommands()
    {
        lock (Gate)
        {
            _current ??= new ModuleLoadContext(Path.GetDirectoryName(typeof(ModuleLoadContext).Assembly.Location)!);
            return _current.LoadFromAssemblyPath(Path.Combine(_current._folder, "LakebaseOps.PowerShell.dll"));
        }
    }

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        ArgumentNullException.ThrowIfNull(assemblyName);
        if (assemblyName.Name is "LakebaseOps.Shared" or "System.Management.Automation")
            return null;
        string path = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
