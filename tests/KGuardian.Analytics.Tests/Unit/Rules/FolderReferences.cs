using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace KGuardian.Analytics.Tests.Unit.Rules;

/// <summary>
/// Which folder of some projects refers to which, of all of them: what the compiled code names, and what a source is <c>using</c>, as constants leave
/// no trace in compiled code. A folder is a namespace.
/// </summary>
internal sealed partial class FolderReferences
{
    /// <summary>The project that all tests are in.</summary>
    public const string Tests = "KGuardian.Analytics.Tests";

    /// <summary>The product's projects, with the assembly that each makes.</summary>
    public static readonly IReadOnlyDictionary<string, string> Projects = new Dictionary<string, string>
    {
        ["KGuardian.ClickHouse"] = "KGuardian.ClickHouse.dll",
        ["KGuardian.Analytics"] = "KGuardian.Analytics.dll",
        ["KGuardian.Analytics.Server"] = "kguardian-analytics.dll",
    };

    private readonly SortedDictionary<(string From, string To), string> _references = [];

    /// <summary>Reads the product's projects.</summary>
    public FolderReferences()
        : this(Projects.Keys)
    {
    }

    public FolderReferences(params IEnumerable<string> projects)
    {
        foreach (var project in projects)
        {
            var assembly = Projects.GetValueOrDefault(project, $"{project}.dll");
            using var module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly));
            foreach (var type in module.Types.SelectMany(WithNested))
            {
                ReadType(type);
            }

            foreach (var source in Sources(project))
            {
                ReadUsings(source, NamespaceOf(project, source));
            }
        }
    }

    /// <summary>From folder to folder, with an example: the type or file that refers.</summary>
    public IReadOnlyDictionary<(string From, string To), string> All => _references;

    /// <summary>The references that are part of a circle.</summary>
    public IEnumerable<string> InCircles() =>
        _references.Where(reference => ReachedFrom(reference.Key.To).Contains(reference.Key.From))
            .Select(reference => $"{reference.Key.From} -> {reference.Key.To} ({reference.Value})");

    /// <summary>A folder, those that it refers to, those that they refer to, and so on.</summary>
    public IReadOnlySet<string> ReachedFrom(string folder)
    {
        var reached = new HashSet<string>();
        Reach(folder, reached);
        return reached;
    }

    /// <summary>The C# files of a project.</summary>
    public static IReadOnlyList<string> Sources(string project) =>
        [.. Directory.GetFiles(Folder(project), "*.cs", SearchOption.AllDirectories).Where(path => !BuildOutput().IsMatch(path))];

    /// <summary>The namespace that a file's folder stands for.</summary>
    public static string NamespaceOf(string project, string source)
    {
        var folder = Path.GetDirectoryName(Path.GetRelativePath(Folder(project), source))!.Replace('/', '.');
        return folder.Length == 0 ? project : $"{project}.{folder}";
    }

    private static string Folder(string project) => Repository.At(project == Tests ? "tests" : "src", project);

    private void Reach(string folder, HashSet<string> reached)
    {
        foreach (var (_, to) in reached.Add(folder) ? _references.Keys.Where(reference => reference.From == folder) : [])
        {
            Reach(to, reached);
        }
    }

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private void ReadUsings(string source, string from)
    {
        foreach (var line in File.ReadLines(source).Where(line => line.StartsWith("using KGuardian.", StringComparison.Ordinal)))
        {
            Add(from, line["using ".Length..].TrimEnd(';'), Path.GetFileName(source));
        }
    }

    private void ReadType(TypeDefinition type)
    {
        Add(type, type.BaseType);
        foreach (var part in type.Interfaces)
        {
            Add(type, part.InterfaceType);
        }

        foreach (var attribute in type.CustomAttributes)
        {
            Add(type, attribute.AttributeType);
        }

        foreach (var field in type.Fields)
        {
            Add(type, field.FieldType);
        }

        foreach (var method in type.Methods)
        {
            ReadMethod(type, method);
        }
    }

    private void ReadMethod(TypeDefinition type, MethodDefinition method)
    {
        ReadSignature(type, method);
        foreach (var instruction in method.HasBody ? method.Body.Instructions : [])
        {
            ReadInstruction(type, instruction);
        }

        foreach (var variable in method.HasBody ? method.Body.Variables : [])
        {
            Add(type, variable.VariableType);
        }
    }

    private void ReadInstruction(TypeDefinition type, Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case TypeReference reference:
                Add(type, reference);
                break;
            case FieldReference field:
                Add(type, field.DeclaringType);
                break;
            case MethodReference called:
                Add(type, called.DeclaringType);
                ReadSignature(type, called);
                break;
        }
    }

    private void ReadSignature(TypeDefinition type, MethodReference method)
    {
        Add(type, method.ReturnType);
        foreach (var parameter in method.Parameters)
        {
            Add(type, parameter.ParameterType);
        }

        foreach (var argument in (method as GenericInstanceMethod)?.GenericArguments ?? [])
        {
            Add(type, argument);
        }
    }

    private void Add(TypeDefinition from, TypeReference? to)
    {
        if (to is GenericInstanceType generic)
        {
            foreach (var argument in generic.GenericArguments)
            {
                Add(from, argument);
            }
        }

        if (to?.GetElementType() is { IsGenericParameter: false } named)
        {
            Add(Outermost(from).Namespace, Outermost(named).Namespace, Outermost(from).Name);
        }
    }

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private void Add(string from, string to, string example)
    {
        if (from != to && from.StartsWith("KGuardian.", StringComparison.Ordinal) && to.StartsWith("KGuardian.", StringComparison.Ordinal))
        {
            _references.TryAdd((from, to), example);
        }
    }

    [GeneratedRegex("/(bin|obj)/")]
    private static partial Regex BuildOutput();
}
